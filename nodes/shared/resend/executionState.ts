import type { IExecuteFunctions } from 'n8n-workflow';
import type { Invitation } from '../invitation/invitation';
import { isObject, readText } from '../core/json';
import { forgetPart, openPart, readRunIndex } from '../node/executionStore';
import type { Verdict } from './verdict';

/** A send that was begun. */
export interface BegunSend {
	/** The invitation as it stood. */
	before: Invitation;
	/** The address that was asked for instead of its own; null for none. */
	elsewhere: string | null;
}

/** What this execution remembers of its sends. */
export interface ExecutionState {
	/** The execution's id; a finished execution that is tried again in n8n keeps the one it began with. */
	readonly executionId: string;
	/** The send of an entry that this execution began without hearing how it ended. */
	begun(entry: string): BegunSend | null;
	rememberBegun(entry: string, send: BegunSend): void;
	forgetBegun(entry: string): void;
	/** What an earlier try of this same pass came to, for a target whose email was sent, or may have been. */
	verdict(targetKey: string): Verdict | null;
	rememberVerdict(targetKey: string, verdict: Verdict): void;
	forgetVerdicts(): void;
}

// Only this module writes these, so a look at their shape is enough.
function isInvitation(value: unknown): value is Invitation {
	return isObject(value) && 'subject' in value && 'status' in value;
}

function isVerdict(value: unknown): value is Verdict {
	return isObject(value) && 'outcome' in value && isInvitation(value.invitation);
}

/** @param candidate an id for an execution that has none */
export function openExecutionState(context: IExecuteFunctions, candidate: string): ExecutionState {
	const part = (name: string) => openPart(context, name);
	const known = part('execution');
	const current = context.getExecutionId() || String(known.id ?? candidate);
	known.id ??= current;
	// A finished execution that is tried again days later is another one: its old verdicts are history.
	const verdicts = `verdicts.${current}.${readRunIndex(context)}`;
	const begun = `begun.${current}`;
	return {
		executionId: String(known.id),
		begun(entry) {
			const send = part(begun)[entry];
			if (!isObject(send) || !isInvitation(send.before)) return null;
			return { before: send.before, elsewhere: readText(send.elsewhere) };
		},
		rememberBegun(entry, send) {
			part(begun)[entry] = { ...send };
		},
		forgetBegun(entry) {
			delete part(begun)[entry];
		},
		verdict(targetKey) {
			const verdict = part(verdicts)[targetKey];
			return isVerdict(verdict) ? verdict : null;
		},
		rememberVerdict(targetKey, verdict) {
			part(verdicts)[targetKey] = verdict;
		},
		forgetVerdicts() {
			forgetPart(context, verdicts);
		},
	};
}
