import { join } from 'node:path';
import { integer, object, text } from '../../../../sandbox/schema';
import type { ServiceDefinition } from '../../../../sandbox/service';
import { account, serve } from './api';
import { seed, seeded, unknownId } from './seed';
import { createState, type AcmeInvitation, type AcmeState } from './state';

const newInvitation = object({ id: text, name: text, email: text, sentAt: integer });

export const acmeOnboarding = {
	title: 'Acme Onboarding',
	root: '/acme',
	document: join(__dirname, 'openapi.yaml'),
	credential: { type: 'acmeOnboardingApi', data: { apiKey: account.apiKey } },
	account,
	tokens: {},
	switches: {},
	flag: 'newcomers',
	seedOption: 'acmeInvitations',
	signIn: [`API key ${account.apiKey}`],
	createState,
	seeded,
	unknownId,
	seed,
	show: (state) => state.all(),
	addControlRoutes(app, state) {
		app.post<{ Body: Partial<AcmeInvitation> }>(
			'/newcomers',
			{ schema: { body: newInvitation } },
			({ body }) => state.add(body),
		);
	},
	serve,
} as const satisfies ServiceDefinition<AcmeState>;

declare global {
	interface TestServices {
		readonly acmeOnboarding: typeof acmeOnboarding;
	}
}
