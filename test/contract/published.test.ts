import { basename } from 'node:path';
import type { Contract } from '../../sandbox/contract';
import { isRecord } from '../../sandbox/json';
import { startSandboxOf, type LoggedRequest } from '../../sandbox';
import { FIXTURES, PLAYED, PROVIDERS, type TestSandbox } from '../services';
import {
	openOwnDocument,
	judgeLog,
	judgeReply,
	openDocument,
	publishedDocuments,
	whyNotPublished,
} from './openapi';

// Building every validator of a document takes seconds on a busy machine.
jest.setTimeout(60_000);

let sandbox: TestSandbox;
let log: LoggedRequest[];

beforeAll(async () => {
	sandbox = await startSandboxOf(PLAYED, { recordReplies: true });
	for (const { tour } of FIXTURES) await tour(sandbox);
	log = sandbox.control.requests();
});

afterAll(async () => {
	await sandbox.close();
});

describe('our own documents', () => {
	test.each(PROVIDERS)('%s: the tour keeps to the document', async (provider) => {
		const contract = await openOwnDocument(provider);
		const { judged, messages } = judgeLog(contract, provider, log);
		expect(messages).toEqual([]);
		expect(judged).toBe(log.filter((entry) => entry.provider === provider).length);
		expect(judged).toBeGreaterThan(10);
	});

	test.each(PROVIDERS)('%s: every operation was visited', async (provider) => {
		const contract = await openOwnDocument(provider);
		const visited = log.filter((entry) => entry.provider === provider);
		const seen = new Set(visited.map((entry) => entry.operationId));
		expect(contract.getOperations().map((operation) => operation.operationId)).toEqual(
			expect.arrayContaining([...seen]),
		);
		expect(seen.size).toBe(contract.getOperations().length);
	});

	test('the sandbox found nothing either', () => {
		expect(sandbox.control.contractViolations()).toEqual([]);
	});
});

type Schema = Record<string, unknown>;

function schemaIn(container: unknown): Schema | null {
	const content = isRecord(container) && isRecord(container.content) ? container.content : {};
	const media = content['application/json'];
	return isRecord(media) && isRecord(media.schema) ? media.schema : null;
}

const texts = (value: unknown) => (Array.isArray(value) ? value.map(String).sort() : []);

/** Where `ours` lacks something that `theirs` states: properties, their types, formats and choices. */
function missingIn(ours: Schema, theirs: Schema, path: string): string[] {
	const found: string[] = [];
	for (const key of ['type', 'format'] as const) {
		if (theirs[key] !== undefined && ours[key] !== theirs[key]) {
			found.push(`${path}: ${key} is ${String(ours[key])}, published ${String(theirs[key])}`);
		}
	}
	if (theirs.enum !== undefined && texts(ours.enum).join() !== texts(theirs.enum).join()) {
		found.push(`${path}: other choices than published`);
	}
	const have = isRecord(ours.properties) ? ours.properties : {};
	for (const [name, theirMember] of Object.entries(
		isRecord(theirs.properties) ? theirs.properties : {},
	)) {
		const ourMember = have[name];
		if (!isRecord(ourMember)) found.push(`${path}.${name} is missing`);
		else if (isRecord(theirMember))
			found.push(...missingIn(ourMember, theirMember, `${path}.${name}`));
	}
	return found;
}

type Declared = ReturnType<Contract['getOperations']>[number];

function parametersOf(operation: Declared): string[] {
	const described = (operation.parameters ?? []).map((parameter) => {
		const {
			name,
			in: place,
			required = false,
			schema = {},
		} = parameter as {
			name: string;
			in: string;
			required?: boolean;
			schema?: { type?: string; format?: string };
		};
		return `${place} ${name} ${schema.type ?? ''} ${schema.format ?? ''} required=${required}`;
	});
	// One published operation declares its parameter twice.
	return [...new Set(described)].sort();
}

function disagreements(own: Declared, theirs: Declared): string[] {
	const found: string[] = [];
	if (parametersOf(own).join() !== parametersOf(theirs).join()) {
		found.push(`parameters are ${parametersOf(own).join()}, not ${parametersOf(theirs).join()}`);
	}
	const ourBody = schemaIn(own.requestBody);
	const theirBody = schemaIn(theirs.requestBody);
	if ((ourBody === null) !== (theirBody === null)) found.push('only one has a request body');
	if (ourBody !== null && theirBody !== null) {
		found.push(...missingIn(ourBody, theirBody, 'request'));
		if (texts(ourBody.required).join() !== texts(theirBody.required).join()) {
			found.push('other body fields are required');
		}
	}
	const ourReplies: Record<string, unknown> = { ...own.responses };
	for (const [status, response] of Object.entries({ ...theirs.responses })) {
		if (ourReplies[status] === undefined) found.push(`reply ${status} is missing`);
		const schema = schemaIn(response);
		if (schema !== null) {
			found.push(...missingIn(schemaIn(ourReplies[status]) ?? {}, schema, `reply ${status}`));
		}
	}
	return found;
}

const published = PROVIDERS.flatMap((provider) =>
	publishedDocuments(provider).map((file) => ({ provider, file, name: basename(file) })),
);

if (whyNotPublished !== null || published.length === 0) {
	describe.skip(`the published documents (skipped: ${whyNotPublished ?? 'the folder is empty'})`, () => {
		test('compared with ours', () => undefined);
	});
} else {
	describe('the published documents', () => {
		test.each(published)('$name: ours agrees', async ({ provider, file }) => {
			const own = await openOwnDocument(provider);
			const theirs = await openDocument(file);
			const operations = theirs.getOperations();
			expect(operations.length).toBeGreaterThan(0);
			for (const operation of operations) {
				const same = own
					.getOperations()
					.find(({ path, method }) => path === operation.path && method === operation.method);
				expect(same).toBeDefined();
				if (same !== undefined) expect(disagreements(same, operation)).toEqual([]);
			}
		});

		test.each(published)('$name: the tour keeps to it', async ({ provider, file }) => {
			const { judged, messages } = judgeLog(await openDocument(file), provider, log);
			expect(messages).toEqual([]);
			expect(judged).toBeGreaterThan(10);
		});

		test.each(published)(
			'$name: a reply it does not know is noticed',
			async ({ provider, file }) => {
				const contract = await openDocument(file);
				const known = log.find(
					(entry) => entry.provider === provider && judgeReply(contract, entry) !== null,
				);
				if (known?.reply == null) throw new Error('The tour never came by');
				const teapot = { ...known, reply: { ...known.reply, status: 418 } };
				expect(judgeReply(contract, teapot)).toEqual(['status 418 is not declared']);
			},
		);

		test('a disagreement is noticed', async () => {
			const [first] = published;
			if (first === undefined) throw new Error('There are no published documents');
			const operation = (await openDocument(first.file)).getOperations()[0];
			if (operation === undefined) throw new Error('The document has no operations');
			const poorer = { ...operation, parameters: [], responses: {} };
			expect(disagreements(poorer, operation).length).toBeGreaterThan(1);
		});
	});
}
