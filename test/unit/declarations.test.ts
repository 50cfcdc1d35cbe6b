import { FIXTURES } from '../services';
import { serviceOf } from './support/serviceOf';

/* What each service declares of itself, which must be what the suites find it to be. */
describe.each(FIXTURES)('$name', (facts) => {
	const { name, displayName, capabilities, credential } = serviceOf(facts);

	test('is called what it is', () => {
		expect([name, displayName, credential.type]).toEqual([
			facts.provider,
			facts.name,
			facts.credential,
		]);
		expect(facts.nodeType.split('.')[1]).toBe(name);
	});

	test('declares what its API tells', () => {
		expect(capabilities).toMatchObject({
			stampsSends: facts.stampsSends,
			tellsName: facts.fields.includes('name'),
			tellsSentAt: facts.tellsSent,
			tellsExpiry: facts.tellsExpiry,
			listsCarryDates: facts.listsDates,
			findsByEmail: facts.findsByEmail,
			makesNewInvitation: facts.makesNewInvitation,
		});
		// A word that nothing documents may come from every API.
		expect([...capabilities.statuses].sort()).toEqual([...facts.statuses, 'unknown'].sort());
	});

	test('offers a resend for all that it may do something for, and for nothing else', () => {
		const { resendableStatuses } = capabilities;
		expect(resendableStatuses).toEqual(expect.arrayContaining([...facts.resendable]));
		for (const [status, says] of Object.entries(facts.askedAnyway)) {
			if (says !== 'sent' && status !== 'cancelled')
				expect(resendableStatuses).not.toContain(status);
			if (says === 'sent') expect(resendableStatuses).toContain(status);
		}
	});
});
