import type { Failure } from '../../nodes/shared/core/failure';
import { failed, ok } from '../../nodes/shared/core/result';
import { fetchMany, READS_IN_FLIGHT } from '../../nodes/shared/invitation/fetchMany';
import type { Found, InvitationProvider } from '../../nodes/shared/invitation/provider';
import { sampleFailure } from './support/sampleFailure';
import { sampleInvitation } from './support/sampleInvitation';

const FOUND: Found = { invitation: sampleInvitation({}), raw: {}, link: null };

/** Reads a thousand, with On Error = Continue; `fails` says which of them come to nothing, and how. */
async function read(fails: (item: number) => Failure | null) {
	const items = Array.from({ length: 1000 }, (_, index) => index);
	const asked: number[] = [];
	const provider = {
		displayName: 'Some',
		key: String,
		read: async (item: number) => {
			asked.push(item);
			const reason = fails(item);
			return reason === null ? ok(FOUND) : failed(reason);
		},
	} as unknown as InvitationProvider<number>;
	const rules = { signal: undefined, stopOnFailure: false };
	const readingOf = await fetchMany(provider, items, rules);
	return { asked, readings: items.map(readingOf) };
}

const OUTAGES: Array<[string, Partial<Failure>]> = [
	['503', {}],
	['429', { reason: 'rateLimited', httpStatus: 429 }],
	['no answer', { reason: 'unreachable', httpStatus: null, code: 'ETIMEDOUT' }],
];
const REFUSALS: Array<[string, Partial<Failure>]> = [
	['404', { reason: 'notFound', httpStatus: 404, retryable: false }],
	['500', { httpStatus: 500, retryable: false }],
];

test.each(OUTAGES)('%s to everything ends the reading for the others', async (_, patch) => {
	const { asked, readings } = await read(() => sampleFailure(patch));
	expect(asked.length).toBeGreaterThan(READS_IN_FLIGHT);
	// What is under way when it shows still comes.
	expect(asked.length).toBeLessThanOrEqual(2 * READS_IN_FLIGHT);
	const { message, ...same } = sampleFailure(patch);
	expect(readings[0]).toEqual(failed({ message, ...same }));
	const words = `Some was not asked, because ${READS_IN_FLIGHT + 1} items before this one failed`;
	const advice = 'Nothing was done for this item. Run the workflow again later.';
	// What was answered to another item is not quoted.
	expect(readings.at(-1)).toEqual(
		failed({ ...same, message: words, description: advice, httpStatus: null, code: null }),
	);
});

test.each(OUTAGES)('%s to the second half leaves what was read before', async (_, patch) => {
	const { asked, readings } = await read((item) => (item >= 500 ? sampleFailure(patch) : null));
	expect(readings.filter(({ ok: isRead }) => isRead)).toHaveLength(500);
	expect(asked.length).toBeLessThanOrEqual(500 + 2 * READS_IN_FLIGHT);
});

test.each([...OUTAGES, ...REFUSALS])('%s to one item ends no other', async (_, patch) => {
	const { asked, readings } = await read((item) =>
		item === 0 || item === 700 ? sampleFailure(patch) : null,
	);
	expect(asked).toHaveLength(1000);
	expect(readings.filter(({ ok: isRead }) => !isRead)).toHaveLength(2);
});

test.each(OUTAGES)('%s to all that are under way at once ends no other', async (_, patch) => {
	const { asked } = await read((item) =>
		item % 60 < READS_IN_FLIGHT ? sampleFailure(patch) : null,
	);
	expect(asked).toHaveLength(1000);
});

test.each(OUTAGES)(
	'%s to the lists of two accounts ends nothing for the others',
	async (_, patch) => {
		// Each is asked for once, and its answer kept.
		const [even, odd] = [sampleFailure(patch), sampleFailure(patch)];
		const { asked, readings } = await read((item) =>
			item < 800 ? (item % 2 === 0 ? even : odd) : null,
		);
		expect(asked).toHaveLength(1000);
		expect(readings[0]).toEqual(failed(even));
		expect(readings.at(-1)).toEqual(ok(FOUND));
	},
);

test('a refused credential ends the reading with the first, in its words', async () => {
	const refused = { reason: 'credential', httpStatus: 401, retryable: false } as const;
	const { asked, readings } = await read(() => sampleFailure(refused));
	expect(asked).toHaveLength(1);
	expect(new Set(readings.map((one) => JSON.stringify(one))).size).toBe(1);
});

test.each(REFUSALS)('%s to everything is asked for each item', async (_, patch) => {
	const { asked } = await read(() => sampleFailure(patch));
	expect(asked).toHaveLength(1000);
});

test('a service that answers now and then, if only with 404, is no outage', async () => {
	const { asked } = await read((item) =>
		sampleFailure(item % 40 === 0 ? (REFUSALS[0]?.[1] ?? {}) : {}),
	);
	expect(asked).toHaveLength(1000);
});
