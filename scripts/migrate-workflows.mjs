// Renames the node types in exported workflows, so that they use another package with the same nodes; docs/migration.md
// has all steps. Takes nothing but Node, for whoever moves over may have this one file only.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';

const ALL_IN_ONE = 'n8n-nodes-invitations';

const HELP = `node migrate-workflows.mjs --to <package> --out <folder> <file> …

  --to    the package whose nodes the workflows should use, e.g. n8n-nodes-karmacheck; can be given several times
  --out   the folder for the renamed workflows; what is there already is never overwritten
  --from  the package whose nodes they use now (${ALL_IN_ONE})`;

/** `n8n-nodes-worth-ai`, `WorthAi` and `worthAi` are one service. */
export const toServiceKey = (name) =>
	name
		.replace(/^n8n-nodes-/, '')
		.replaceAll(/[^a-z0-9]/gi, '')
		.toLowerCase();

/** Whether the package has this node or trigger, or one of them as the tool of an agent. */
function hasNode(name, node) {
	if (name === ALL_IN_ONE) return true;
	const service = toServiceKey(name);
	const rest = node.slice(service.length);
	return toServiceKey(node).startsWith(service) && /^(\w*Trigger)?(Tool)?$/.test(rest);
}

/**
 * In the text, so that all else stays as n8n wrote it. In a workflow that a node holds as JSON the quotes are escaped.
 * A codex file names its node by another key than workflows do.
 */
export function renameNodeTypes(text, { from = ALL_IN_ONE, to, key = 'type' }) {
	const renamed = [];
	const left = [];
	const types = new RegExp(String.raw`(?<="${key}\\*":\s*\\*")([\w@/-]+)\.(\w+)(?=\\*")`, 'g');
	const result = text.replaceAll(types, (type, owner, node) => {
		if (owner !== from) return type;
		const target = to.find((name) => hasNode(name, node));
		(target === undefined ? left : renamed).push(node);
		return target === undefined ? type : `${target}.${node}`;
	});
	return { text: result, renamed, left };
}

/** One workflow or a list of them, as `export:workflow` and the editor write them. */
function readWorkflows(file, text) {
	try {
		const workflows = [JSON.parse(text)].flat();
		if (workflows.length > 0 && workflows.every(({ nodes }) => Array.isArray(nodes)))
			return workflows;
	} catch {
		// Said below, as for all else that is none.
	}
	throw new Error(`${file} does not hold exported workflows`);
}

/** All is looked at before anything is written. */
function readTasks(files, { out, from, to }) {
	const seen = new Set();
	return files.map((file) => {
		const target = path.join(out, path.basename(file));
		if (seen.has(target)) throw new Error(`Two files would become ${target}`);
		seen.add(target);
		if (existsSync(target)) throw new Error(`${target} is there already; choose another folder`);
		const text = readFileSync(file, 'utf8');
		const workflows = readWorkflows(file, text);
		const concerned = workflows.filter(
			(workflow) => renameNodeTypes(JSON.stringify(workflow), { from, to }).renamed.length > 0,
		);
		const others = workflows.length - concerned.length;
		return { file, target, others, ...renameNodeTypes(text, { from, to }) };
	});
}

function main(args) {
	const { values, positionals } = parseArgs({
		args,
		allowPositionals: true,
		options: {
			to: { type: 'string', multiple: true, default: [] },
			out: { type: 'string' },
			from: { type: 'string', default: ALL_IN_ONE },
		},
	});
	if (values.to.length === 0 || values.out === undefined || positionals.length === 0) {
		throw new Error(HELP);
	}
	const tasks = readTasks(positionals, values);
	mkdirSync(values.out, { recursive: true });
	for (const { file, target, text, renamed, left, others } of tasks) {
		// An import unpublishes what it brings, so what stays as it is had better not be imported.
		if (renamed.length > 0) writeFileSync(target, text, { flag: 'wx' });
		console.log(
			`${file}: ${renamed.length === 0 ? 'nothing to rename' : `${renamed.length} renamed → ${target}`}`,
		);
		if (left.length > 0) {
			console.log(`  stays with ${values.from}: ${[...new Set(left)].join(', ')}`);
		}
		if (renamed.length > 0 && others > 0) {
			console.log(
				`  also holds ${others} other workflows, which n8n unpublishes when it imports them`,
			);
		}
	}
}

if (
	process.argv[1] !== undefined &&
	path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)
) {
	try {
		main(process.argv.slice(2));
	} catch (error) {
		console.error(error.message);
		process.exitCode = 1;
	}
}
