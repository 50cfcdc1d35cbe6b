import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { summarize, summarizeRows } from '../../nodes/shared/resend/output';

describe('the summary of a run', () => {
	const row = (outcome: string, reason: string): INodeExecutionData => ({
		json: { outcome, reason },
	});
	const failed = row('failed', 'cancelled');
	const forErrorOutput: INodeExecutionData = {
		json: { error: 'What', message: 'Why', details: failed.json },
	};

	it.each<[string, INodeExecutionData[]]>([
		['1 sent', [row('sent', 'sent')]],
		['2 would be sent (dry run)', [row('wouldSend', 'due'), row('wouldSend', 'due')]],
		[
			'1 sent, 2 skipped (already sent), 1 could not be sent',
			[failed, row('skipped', 'alreadySent'), row('sent', 'sent'), row('skipped', 'alreadySent')],
		],
		['2 could not be sent', [failed, forErrorOutput]],
		[
			'3 skipped (2 completed, 1 duplicate in the list), 1 deferred (quiet hours)',
			[
				row('skipped', 'completed'),
				row('deferred', 'quietHours'),
				row('skipped', 'duplicateInRun'),
				row('skipped', 'completed'),
			],
		],
		['1 unknown (not confirmed)', [row('unknown', 'unconfirmed')]],
		['1 unknown (an earlier email was not confirmed)', [row('unknown', 'interrupted')]],
	])('reads "%s"', (summary, rows) => {
		expect(summarize(rows)).toBe(summary);
	});
});

describe('a line of the message', () => {
	const asked = { getNodeParameter: () => true } as unknown as IExecuteFunctions;
	const lineOf = (json: IDataObject): unknown =>
		summarizeRows(asked, [{ json }], 'Worth AI')[0]?.json.text;

	it.each<[string, IDataObject]>([
		['Ann Lee (ann@example.com)', { name: 'Ann Lee', email: 'ann@example.com' }],
		['Ann Lee', { name: 'Ann Lee', email: null }],
		['ann@example.com', { email: 'ann@example.com' }],
	])('tells of %s what is known', (who, row) => {
		expect(lineOf({ ...row, outcome: 'sent', reason: 'sent', message: 'Sent' })).toBe(
			`• Sent: ${who}`,
		);
	});

	it('ends with what to do, as whole sentences', () => {
		const row = { outcome: 'failed', reason: 'refused', message: 'No', advice: 'Ask. Then go.' };
		expect(lineOf(row)).toBe('• Could not be sent. No. Ask. Then go');
	});

	it('stays one line, whatever the service calls a person', () => {
		const row = { name: ' Ann\r\n• Sent: Boss', email: 'ann@example.com', outcome: 'unknown' };
		expect(lineOf({ ...row, message: 'Not\u2028confirmed' })).toBe(
			'• Unknown: Ann • Sent: Boss (ann@example.com). Not confirmed',
		);
	});

	it('is said for each invitation of one person', () => {
		const row = { json: { outcome: 'sent', reason: 'sent', email: 'ann@example.com' } };
		expect(summarizeRows(asked, [row, row], 'Worth AI')[0]?.json.text).toBe(
			'• Sent: ann@example.com\n• Sent: ann@example.com',
		);
	});

	it('is said for each reason of several that nobody is known of', () => {
		const rows = ['alreadySent', 'paused', 'alreadySent'].map((reason) => ({
			json: { outcome: 'skipped', reason },
		}));
		expect(summarizeRows(asked, rows, 'Worth AI')[0]?.json.text).toBe(
			'• Skipped (already sent): 2 items\n• Skipped (stopped after repeated faults)',
		);
	});

	it('is said once of several that nobody is known of', () => {
		const row = { json: { outcome: 'failed', message: 'Could not sign in', advice: 'Check it.' } };
		expect(summarizeRows(asked, [row, row], 'Worth AI')).toEqual([
			expect.objectContaining({
				json: expect.objectContaining({
					text: '• Could not be sent: 2 items. Could not sign in. Check it',
					failed: 2,
				}),
			}),
		]);
	});
});

describe('the message of a long list', () => {
	const asked = { getNodeParameter: () => true } as unknown as IExecuteFunctions;
	const textOf = (rows: IDataObject[]): string =>
		String(
			summarizeRows(
				asked,
				rows.map((json) => ({ json })),
				'Worth AI',
			)[0]?.json.text,
		);
	const people = (count: number, row: IDataObject): IDataObject[] =>
		Array.from({ length: count }, (_, index) => ({ ...row, email: `p${index}@example.com` }));
	const sent = people(400, { outcome: 'sent', reason: 'sent' });
	const skipped = people(9, { outcome: 'skipped', reason: 'completed' });
	const failed = people(30, {
		outcome: 'failed',
		message: 'Nobody has that address',
		advice: 'Ask.',
	});

	it('can be sent as a message in a chat: it names as many as fit, and counts the others', () => {
		const text = textOf([...sent, ...skipped]);
		const lines = text.split('\n');
		const named = lines.length - 1;

		expect(text.length).toBeLessThan(4_000);
		expect(text.length).toBeGreaterThan(3_400);
		expect(lines.slice(0, 9).every((line) => line.startsWith('• Skipped (completed): p'))).toBe(
			true,
		);
		expect(lines.at(-2)).toBe(`• Sent: p${named - 10}@example.com`);
		expect(lines.at(-1)).toBe(`• And ${409 - named} more: ${409 - named} sent`);
	});

	it('names those first that need a look, and says of all others what became of them', () => {
		const lines = textOf([...sent, ...skipped, ...failed, ...failed, ...failed]).split('\n');
		const named = lines.length - 1;

		expect(lines.slice(0, -1).every((line) => line.startsWith('• Could not be sent: p'))).toBe(
			true,
		);
		expect(lines.at(-1)).toBe(
			`• And ${499 - named} more: 400 sent, 9 skipped (completed), ${90 - named} could not be sent`,
		);
	});

	it('counts each of those that share a line', () => {
		const nobody = Array.from({ length: 30 }, () => ({
			outcome: 'failed',
			message: 'a'.repeat(4_000),
		}));
		expect(textOf([...nobody, ...sent])).toBe('• And 430 more: 400 sent, 30 could not be sent');
	});

	it('names everyone as long as they fit', () => {
		expect(textOf(sent.slice(0, 120)).split('\n')).toHaveLength(120);
	});
});
