import fc from 'fast-check';
import type { IDataObject } from 'n8n-workflow';
import { Webhook } from 'svix';
import { checkSignature, parseSigningKey } from '../../nodes/KarmaCheck/webhook/signature';
import { buildItem, parseEnvelope } from '../../nodes/KarmaCheck/webhook/payload';
import { isReplay } from '../../nodes/KarmaCheck/webhook/replayGuard';

// Made up; the library wants base64 after the prefix.
const SECRET = `whsec_${Buffer.from('only-for-tests-0123456789').toString('base64')}`;
const OTHER = `whsec_${Buffer.from('another-secret-9876543210').toString('base64')}`;
const NOW = Date.parse('2026-11-21T12:00:00.400Z');
const BODY = '{"event":"case.statuschange",  "eventObject":{"id":"a"}}';

interface Options {
	id?: string;
	at?: number;
	body?: string;
	secrets?: string[];
	prefix?: string;
}

/** The message as Svix itself signs it. */
function signed({
	id = 'msg_1',
	at = NOW,
	body = BODY,
	secrets = [SECRET],
	prefix = 'webhook',
}: Options = {}) {
	const date = new Date(at);
	const headers: Record<string, unknown> = {
		[`${prefix}-id`]: id,
		[`${prefix}-timestamp`]: String(Math.floor(at / 1000)),
		[`${prefix}-signature`]: secrets
			.map((secret) => new Webhook(secret).sign(id, date, body))
			.join(' '),
	};
	return { headers, rawBody: Buffer.from(body) };
}

const kind = (message: ReturnType<typeof signed>, secret: unknown = SECRET, now = NOW) =>
	checkSignature(message, secret, now).kind;

test('accepts what Svix signs, and tells its id', () => {
	expect(checkSignature(signed(), SECRET, NOW)).toEqual({ kind: 'valid', id: 'msg_1' });
	expect(kind(signed({ prefix: 'svix' }))).toBe('valid');
	expect(kind(signed(), ` ${SECRET}\n`)).toBe('valid');
	expect(kind(signed(), SECRET.slice('whsec_'.length))).toBe('valid');
});

test('agrees with the library about any body, in bytes', () => {
	fc.assert(
		fc.property(fc.string({ unit: 'binary' }), fc.string({ minLength: 1 }), (body, id) => {
			expect(kind(signed({ body, id }))).toBe('valid');
		}),
	);
});

test('accepts any of several signatures, as while a secret is replaced', () => {
	expect(kind(signed({ secrets: [OTHER, SECRET] }))).toBe('valid');
	expect(kind(signed({ secrets: [SECRET, OTHER] }))).toBe('valid');
	expect(kind(signed({ secrets: [OTHER, OTHER] }))).toBe('mismatch');
});

test.each([
	[-300, 'valid'],
	[-301, 'stale'],
	[300, 'valid'],
	[301, 'stale'],
	[-86_400, 'stale'],
])('signed %i seconds from now: %s', (seconds, expected) => {
	expect(kind(signed({ at: NOW + seconds * 1000 }))).toBe(expected);
});

test.each<[string, (message: ReturnType<typeof signed>) => void]>([
	[
		'one letter of the body',
		(message) => (message.rawBody = Buffer.from(BODY.replace('"a"', '"b"'))),
	],
	[
		'only the spaces',
		(message) => (message.rawBody = Buffer.from(JSON.stringify(JSON.parse(BODY)))),
	],
	['no body', (message) => (message.rawBody = Buffer.alloc(0))],
	['another id', ({ headers }) => (headers['webhook-id'] = 'msg_2')],
	[
		'another time',
		({ headers }) => (headers['webhook-timestamp'] = String(Math.floor(NOW / 1000) - 1)),
	],
	['an empty signature', ({ headers }) => (headers['webhook-signature'] = 'v1,')],
	[
		'a cut signature',
		({ headers }) =>
			(headers['webhook-signature'] = String(headers['webhook-signature']).slice(0, -8)),
	],
	[
		'a longer signature',
		({ headers }) =>
			(headers['webhook-signature'] =
				`${String(headers['webhook-signature']).replace(/=+$/, '')}AAAA`),
	],
	[
		'another version',
		({ headers }) =>
			(headers['webhook-signature'] = String(headers['webhook-signature']).replace('v1,', 'v2,')),
	],
	[
		'no version',
		({ headers }) =>
			(headers['webhook-signature'] = String(headers['webhook-signature']).replace('v1,', '')),
	],
])('refuses %s', (_name, change) => {
	const message = signed();
	change(message);
	expect(kind(message)).toBe('mismatch');
});

test('refuses another secret', () => {
	expect(kind(signed(), OTHER)).toBe('mismatch');
});

test.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])('needs %s', (name) => {
	for (const value of [undefined, '', ['a', 'b']]) {
		const message = signed();
		message.headers[name] = value;
		expect(kind(message)).toBe('unsigned');
	}
});

test.each(['now', '1e9', '-1', '1.5', ' 1', '99999999999999999999'])(
	'a time of %j is none',
	(time) => {
		const message = signed();
		message.headers['webhook-timestamp'] = time;
		expect(kind(message)).toBe('unsigned');
	},
);

test.each([undefined, null, '', ' ', 'whsec_', 'whsec_%%%', 'whsec_not base64', 42])(
	'%j opens nothing',
	(secret) => {
		expect(parseSigningKey(secret)).toBeNull();
		expect(checkSignature(signed(), secret, NOW).kind).toBe('unusableSecret');
	},
);

describe('the envelope', () => {
	const parse = (body: unknown) => parseEnvelope(Buffer.from(JSON.stringify(body)));

	test.each(['', 'hello', '"text"', '[]', 'null', '{', 'a=b'])('%j is none', (body) => {
		expect(parseEnvelope(Buffer.from(body))).toBeNull();
	});

	test('loses username and password at every level', () => {
		const pair = { username: 'hook', password: 'secret', Password: 'secret' };
		const envelope = parse({
			...pair,
			event: 'x',
			eventObject: {
				...pair,
				list: [{ ...pair, kept: [1, null, 'a'] }],
				deep: { er: { ...pair } },
			},
		});
		expect(envelope).toEqual({
			event: 'x',
			eventObject: { list: [{ kept: [1, null, 'a'] }], deep: { er: {} } },
		});
	});

	test('loses them in lists and objects nested deeper than the call stack reaches', () => {
		const depth = 100_000;
		const body = `{"event":"x","eventObject":${'[{"kept":'.repeat(depth)}{"Username":"hook"}${'}]'.repeat(depth)}}`;
		const envelope = parseEnvelope(Buffer.from(body));
		expect(envelope?.event).toBe('x');
		let [level, reached]: [unknown, number] = [envelope?.eventObject, 0];
		for (; Array.isArray(level); reached++) level = (level[0] as { kept: unknown }).kept;
		expect([reached, level]).toEqual([depth, {}]);
	});

	test('becomes an item that names the case', () => {
		const item = buildItem({
			messageId: 'm',
			event: 'case.statuschange',
			apiTrackingCode: 'code',
			apiTrackingUser: null,
			eventObject: { id: 'the-case', caseId: 'not this' },
		});
		expect(item).toEqual({
			event: 'case.statuschange',
			messageId: 'm',
			caseId: 'the-case',
			apiTrackingCode: 'code',
			apiTrackingUser: null,
			eventObject: { id: 'the-case', caseId: 'not this' },
		});
		const data = buildItem({
			event: 'casedata.statuschange',
			eventObject: { id: 'd', caseId: 'c' },
		});
		expect(data.caseId).toBe('c');
		expect(buildItem({ event: 'case.statuschange' })).toMatchObject({
			caseId: null,
			eventObject: {},
		});
	});
});

describe('replays', () => {
	test('are known by their id, also after a restart', () => {
		let data: IDataObject = {};
		const seen = ['a', 'b', 'a', 'c', 'b'].map((id) => {
			const known = isReplay(data, id);
			data = JSON.parse(JSON.stringify(data)) as IDataObject;
			return known;
		});
		expect(seen).toEqual([false, false, true, false, true]);
	});

	test('the last 500 are remembered', () => {
		const data: IDataObject = {};
		for (let id = 0; id < 600; id += 1) expect(isReplay(data, `m${id}`)).toBe(false);
		expect(data.messages).toHaveLength(500);
		expect(isReplay(data, 'm100')).toBe(true);
		expect(isReplay(data, 'm99')).toBe(false);
	});
});
