import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ServiceFixture } from './fixture';

/*
 * The files beside a node that follow from its facts: what n8n shows of its outputs before the first run, and the codex
 * of its trigger. `npm run generate` writes them, and a test holds them against this.
 */

export const ROOT = path.join(__dirname, '../..');

interface Codex {
	node: string;
	alias: string[];
}

/** An output as n8n's editor previews it; `version` is a keyword of n8n's own. */
function preview(fields: readonly string[]): object {
	const properties = fields.map((field) => [
		field,
		{ type: field === 'daysLeft' ? 'integer' : 'string' },
	]);
	return { type: 'object', properties: Object.fromEntries(properties), version: 1 };
}

/** Nobody looks for a trigger by what only the action node does. */
function triggerCodex(facts: ServiceFixture): Codex {
	const codex = JSON.parse(readFileSync(path.join(ROOT, `${facts.file}.json`), 'utf8')) as Codex;
	const kept = codex.alias.filter((word) => word !== 'Resend' && word !== 'Reminder');
	const expiring = facts.events.includes('expiringSoon') ? ['Expiring'] : [];
	return { ...codex, node: `${codex.node}Trigger`, alias: [...kept, ...expiring, 'Polling'] };
}

/** By the path of each file, from the root. */
export function generatedFiles(facts: ServiceFixture): Record<string, object> {
	const { file, fields, listedFields, idFields, makesNewInvitation, changes } = facts;
	const who = fields.filter((field) => field === 'name' || field === 'email');
	const verdict = ['outcome', 'reason', 'message', 'nextEligibleAt'];
	const ids = [...idFields, ...(makesNewInvitation ? ['previousInvitationId'] : []), 'provider'];
	const outputs = {
		get: fields,
		getAll: listedFields,
		resend: [...who, ...verdict, ...ids],
		...Object.fromEntries(changes.map((change) => [change, fields])),
	};
	return {
		[file.replace(/\.node$/, 'Trigger.node.json')]: triggerCodex(facts),
		...Object.fromEntries(
			Object.entries(outputs).map(([operation, names]) => [
				`${path.dirname(file)}/__schema__/v1.0.0/invitation/${operation}.json`,
				preview(names),
			]),
		),
	};
}
