import type { INodeProperties } from 'n8n-workflow';
import { fields as karmaCheck } from '../../nodes/KarmaCheck/descriptions';
import { fields as numium } from '../../nodes/Numium/descriptions';
import { fields as worthAi } from '../../nodes/WorthAi/descriptions';
import { createTriggerFields } from '../../nodes/shared/trigger/fields';
import { karmaCheck as karmaCheckService } from '../../nodes/KarmaCheck/provider';
import { fields as acme } from '../services/acmeOnboarding/nodes/AcmeOnboarding/descriptions';

/** What a builder has to know before a setting emails somebody, and reads nowhere else. */

type Entry = { name: string; description?: string; options?: unknown[] };

const isEntry = (value: unknown): value is Entry =>
	typeof value === 'object' && value !== null && 'name' in value;

/** What is said of everything with this name, on screen or by its value. */
function saidOf(name: string, entries: readonly unknown[]): string[] {
	return entries
		.filter(isEntry)
		.flatMap((entry) => [
			...('displayName' in entry && entry.displayName === name ? [entry.description ?? ''] : []),
			...(entry.name === name ? [entry.description ?? ''] : []),
			...saidOf(name, entry.options ?? []),
		]);
}

const one = (name: string, of: readonly INodeProperties[]): string => {
	const [said = '', ...others] = saidOf(name, of);
	expect(others).toEqual([]);
	return said;
};

test('a different address is no way to try it out', () => {
	const said = one('Send to a Different Address', karmaCheck);

	expect(said).toContain('the link in the earlier email stops working');
	expect(said).toContain("It applies to every item, so do not use it for a test: use 'Dry Run'.");
	expect(said).toContain("in the period of 'Send at Most Once' is skipped.");
	expect(said).toMatch(/not a search field: choose the invitation in 'Case'\.$/);
});

test.each(['Quiet Hours', 'Max Sends per Run', 'Stop After Consecutive Faults'])(
	'what %s defers is not sent by itself',
	(name) => {
		expect(one(name, numium)).toMatch(/deferred: .* not sent later by themselves, so run the /);
	},
);

test('a date that a resend may not change says so, and what to use instead', () => {
	const first = 'Numium may show only the date of the first email.';
	const instead = "To email at most once a week, set 'Send at Most Once' of Resend to 'Per Week'.";

	for (const name of ['Minimum Hours Since Last Send', 'Sent Before']) {
		expect(one(name, numium)).toContain(`${first} ${instead}`);
		expect(one(name, karmaCheck)).not.toContain('first email');
	}
});

test('a day is as long everywhere', () => {
	const triggers = createTriggerFields(karmaCheckService, {});

	for (const service of [karmaCheck, acme]) {
		expect(one('Expiring Within (Days)', service)).toContain('A day counts as 24 hours.');
		expect(one('Only When Expiring Within (Days)', service)).toContain('A day counts as 24 hours.');
	}
	expect(one('Days Before Expiry', triggers)).toContain('A day counts as 24 hours.');
});

// An expired one would count as open to some, and not to others.
test('an invitation stands on screen as it does in its row', () => {
	for (const service of [karmaCheck, numium, worthAi, acme]) {
		expect(JSON.stringify(service)).not.toMatch(/open invitation|longer open/i);
		expect(one('Resend', service)).toMatch(
			/, unless (it|one) was sent in this period or (the invitation )?is completed or cancelled$/,
		);
	}
});

test('Per Execution keeps nothing from being sent by a later run', () => {
	expect(saidOf('Per Execution', numium)).toEqual([
		'Prevents duplicates only within one run. Each new run emails everyone again; after a crash or an unclear answer, once ten minutes are over.',
	]);
});
