import fc from 'fast-check';
import type { IDataObject } from 'n8n-workflow';
import {
	computeFingerprint,
	readSnapshot,
	writeSnapshot,
	type Snapshot,
	type Seen,
} from '../../nodes/shared/trigger/snapshot';

const state = (entries: Array<[string, Seen]>, patch: Partial<Snapshot> = {}): Snapshot => ({
	scope: 'credential|stage|',
	soonSince: null,
	seen: new Map(entries),
	...patch,
});

const entry: Seen = { told: 0, fingerprint: 'AbC-_9', expiresAt: null, email: null };

const stored = (data: IDataObject) => JSON.parse(JSON.stringify(data)) as IDataObject;

test('comes back from storage as it was', () => {
	const seen: fc.Arbitrary<Seen> = fc.record({
		told: fc.nat(31),
		fingerprint: fc.oneof(fc.constant(''), fc.string().map(computeFingerprint)),
		expiresAt: fc.option(fc.nat(4_102_444_800)),
		email: fc.option(fc.string({ unit: 'binary' })),
	});
	const key = fc.oneof(fc.uuid(), fc.bigInt({ min: 0n, max: 2n ** 63n }).map(String));
	fc.assert(
		fc.property(fc.array(fc.tuple(key, seen)), fc.option(fc.nat()), (entries, soonSince) => {
			const data: IDataObject = {};
			const written = state(entries, { soonSince });
			writeSnapshot(data, written);
			expect(readSnapshot(stored(data), written.scope)).toEqual(written);
		}),
	);
});

test.each<[string, IDataObject]>([
	['nothing', {}],
	['another account', { version: 1, scope: 'other', seen: {} }],
	['another version', { version: 2, scope: 'credential|stage|', seen: {} }],
	['no entries', { version: 1, scope: 'credential|stage|' }],
	['an entry of another make', { version: 1, scope: 'credential|stage|', seen: { a: '!' } }],
	['an entry that is no text', { version: 1, scope: 'credential|stage|', seen: { a: 1 } }],
])('%s is no state', (_name, data) => {
	expect(readSnapshot(data, 'credential|stage|')).toBeNull();
});

test('writes only what has changed, so that n8n does not store it all for nothing', () => {
	const written: string[] = [];
	const data = new Proxy<IDataObject>(
		{},
		{
			set(target, name, value) {
				written.push(String(name));
				return Reflect.set(target, name, value);
			},
			deleteProperty(target, name) {
				written.push(`-${String(name)}`);
				return Reflect.deleteProperty(target, name);
			},
		},
	);
	const writes = (next: Snapshot) => {
		written.length = 0;
		writeSnapshot(data, next);
		return [...written];
	};
	expect(writes(state([['a', entry]]))).toEqual(['version', 'scope', 'seen']);
	expect(writes(state([['a', { ...entry }]]))).toEqual([]);
	expect(writes(state([['a', { ...entry, told: 1 }]]))).toEqual(['seen']);
	expect(writes(state([['b', { ...entry, told: 1 }]]))).toEqual(['seen']);
	expect(writes(state([]))).toEqual(['seen']);
	expect(writes(state([], { soonSince: 5 }))).toEqual(['soonSince']);
	expect(writes(state([], { soonSince: 5 }))).toEqual([]);
	expect(writes(state([]))).toEqual(['-soonSince']);
});

test('10,000 open cases with dates fit into 600 kB', () => {
	const entries = Array.from({ length: 10_000 }, (_, index): [string, Seen] => [
		`a09215ff-f46c-49a6-9767-${String(index).padStart(12, '0')}`,
		{
			told: 24,
			fingerprint: computeFingerprint(String(index)),
			expiresAt: 1_800_000_000 + index,
			email: null,
		},
	]);
	const data: IDataObject = {};
	writeSnapshot(data, state(entries));
	expect(JSON.stringify(data).length).toBeLessThan(600_000);
});

test('a mark is short, and another one for another invitation', () => {
	expect(computeFingerprint(null)).toBe('');
	expect(computeFingerprint('03c8ee25-0d4c-4a45-8030-456ef96e6513')).toMatch(/^[\w-]{6}$/);
	expect(
		new Set(Array.from({ length: 1000 }, (_, id) => computeFingerprint(String(id)))).size,
	).toBe(1000);
});
