// What the three services are called in the editor.

export const SERVICES = [
	{
		app: 'KarmaCheck',
		provider: 'karmaCheck',
		credential: 'karmaCheckApi',
		form: 'KarmaCheck API',
	},
	{ app: 'Worth AI', provider: 'worthAi', credential: 'worthAiApi', form: 'Worth AI API' },
	{ app: 'Numium', provider: 'numium', credential: 'numiumApi', form: 'Numium API' },
];
