import { execFileSync } from 'node:child_process';
import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	readdirSync,
	writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { manifest, packed, root } from './support/packed';

const STANDALONES = readdirSync(path.join(root, 'packages')).filter((it) =>
	it.startsWith('n8n-nodes-'),
);

interface Outcome {
	code: number;
	said: string;
	/** The file's content afterwards, if it is there. */
	result: string | null;
}

let place: string;
beforeEach(() => {
	place = mkdtempSync(path.join(packed().folder, 'migrate-'));
});

function migrate(content: string, args: string[], name = 'workflow.json'): Outcome {
	const file = path.join(place, name);
	writeFileSync(file, content);
	const out = path.join(place, 'out');
	const target = path.join(out, name);
	const call = [path.join(root, 'scripts/migrate-workflows.mjs'), ...args, '--out', out, file];
	const read = () => (existsSync(target) ? readFileSync(target, 'utf8') : null);
	try {
		const said = execFileSync(process.execPath, call, { encoding: 'utf8', stdio: 'pipe' });
		return { code: 0, said, result: read() };
	} catch (error) {
		const { status, stderr } = error as { status: number; stderr: string };
		return { code: status, said: stderr, result: read() };
	}
}

const node = (type: string) => ({ id: `id of ${type}`, name: type, type, parameters: {} });
const workflowOf = (...types: string[]) =>
	JSON.stringify({ id: 'w1', name: 'One', nodes: types.map(node), connections: {} }, null, 3);
const typesIn = (text: string | null) =>
	(JSON.parse(text ?? '{}') as { nodes: Array<{ type: string }> }).nodes.map(({ type }) => type);

test.each(STANDALONES)('renames all nodes of %s, also as tools', (name) => {
	const service = name.replace('n8n-nodes-', '').replace('-', '');
	const nodes = manifest()
		.n8n.nodes.map((file) => path.basename(file, '.node.js'))
		.map((it) => `${it[0]?.toLowerCase()}${it.slice(1)}`);
	const own = nodes.filter((it) => it.toLowerCase().startsWith(service));
	const withTools = (all: string[]) => all.flatMap((it) => [it, `${it}Tool`]);
	const from = withTools(nodes).map((it) => `n8n-nodes-invitations.${it}`);
	const { code, result } = migrate(workflowOf(...from), ['--to', name]);
	expect(code).toBe(0);
	expect(typesIn(result).filter((type) => type.startsWith(`${name}.`))).toEqual(
		withTools(own).map((it) => `${name}.${it}`),
	);
	expect(own.length).toBeGreaterThan(1);
	expect(typesIn(result).filter((type) => type.startsWith('n8n-nodes-inv'))).toHaveLength(
		(nodes.length - own.length) * 2,
	);
});

test('changes nothing else, to the letter', () => {
	const before = workflowOf('n8n-nodes-invitations.worthAi', 'n8n-nodes-base.set').replace(
		'"parameters": {}',
		'"parameters": { "big": 9007199254740993, "text": "n8n-nodes-invitations.worthAi is a node" }',
	);
	const { result } = migrate(before, ['--to', 'n8n-nodes-worth-ai']);
	expect(result).toBe(
		before.replace(
			'"type": "n8n-nodes-invitations.worthAi"',
			'"type": "n8n-nodes-worth-ai.worthAi"',
		),
	);
});

test('takes a list of workflows, and one that a node holds as JSON', () => {
	const inner = workflowOf('n8n-nodes-invitations.numiumTrigger');
	const outer = { ...node('n8n-nodes-base.executeWorkflow'), parameters: { workflowJson: inner } };
	const { result } = migrate(JSON.stringify([{ id: 'w1', nodes: [outer], connections: {} }]), [
		'--to',
		'n8n-nodes-numium',
	]);
	const [workflow] = JSON.parse(String(result)) as [{ nodes: [typeof outer] }];
	expect(typesIn(workflow.nodes[0].parameters.workflowJson)).toEqual([
		'n8n-nodes-numium.numiumTrigger',
	]);
});

test('renames for several packages at once, and says what stays', () => {
	const types = ['worthAi', 'numium', 'karmaCheck'].map((it) => `n8n-nodes-invitations.${it}`);
	const to = ['--to', 'n8n-nodes-numium', '--to', 'n8n-nodes-worth-ai'];
	const { said, result } = migrate(workflowOf(...types), to);
	expect(typesIn(result)).toEqual([
		'n8n-nodes-worth-ai.worthAi',
		'n8n-nodes-numium.numium',
		'n8n-nodes-invitations.karmaCheck',
	]);
	expect(said).toContain('2 renamed');
	expect(said).toContain('stays with n8n-nodes-invitations: karmaCheck');
});

test('goes back as well', () => {
	const there = workflowOf('n8n-nodes-invitations.numium');
	const { result } = migrate(there, ['--to', 'n8n-nodes-numium']);
	const back = ['--from', 'n8n-nodes-numium', '--to', 'n8n-nodes-invitations'];
	expect(migrate(String(result), back, 'moved.json').result).toBe(there);
});

test('says so where others would be imported, and with that unpublished, as well', () => {
	const both = ['n8n-nodes-invitations.numium', 'n8n-nodes-base.set'].map((it) => workflowOf(it));
	const { said } = migrate(`[${both.join()}]`, ['--to', 'n8n-nodes-numium']);
	expect(said).toContain('also holds 1 other');
});

describe('writes nothing', () => {
	const TO = ['--to', 'n8n-nodes-numium'];
	const some = workflowOf('n8n-nodes-invitations.numium');

	test('where nothing is to be renamed', () => {
		const { code, said, result } = migrate(workflowOf('n8n-nodes-base.set'), TO);
		expect({ code, result }).toEqual({ code: 0, result: null });
		expect(said).toContain('nothing to rename');
	});

	test('over a file that is there already', () => {
		mkdirSync(path.join(place, 'out'));
		writeFileSync(path.join(place, 'out', 'workflow.json'), 'mine');
		const { code, said, result } = migrate(some, TO);
		expect({ code, result }).toEqual({ code: 1, result: 'mine' });
		expect(said).toMatch(/is there already/);
	});

	test.each(['not JSON', '{"name":"no nodes"}', '[]', 'null', '[null]'])(
		'for what is no export: %s',
		(content) => {
			const { code, said, result } = migrate(content, TO);
			expect({ code, result }).toEqual({ code: 1, result: null });
			expect(said).toMatch(/does not hold exported workflows/);
		},
	);

	test('if one of several files cannot be taken', () => {
		const bad = path.join(place, 'bad.json');
		writeFileSync(bad, 'not JSON');
		const { code, result } = migrate(some, [...TO, bad]);
		expect({ code, result }).toEqual({ code: 1, result: null });
	});

	test('if two files would become one', () => {
		const other = path.join(place, 'other');
		mkdirSync(other);
		writeFileSync(path.join(other, 'workflow.json'), some);
		const { code, said } = migrate(some, [...TO, path.join(other, 'workflow.json')]);
		expect(code).toBe(1);
		expect(said).toMatch(/Two files/);
	});

	test('without a package to move to, and says how it is called', () => {
		const { code, said } = migrate(some, []);
		expect(code).toBe(1);
		expect(said).toMatch(/--to <package> --out <folder>/);
	});
});
