import type { IDataObject } from 'n8n-workflow';
import type { Capabilities } from '../invitation/provider';
import { buildIdsJson, buildWhoJson } from '../invitation/output';
import type { RecordOfSends } from './record/record';
import type { Verdict } from './verdict';

/** How verdicts leave the node. */

/** What the record of a run cannot promise, for the hint below the node's output. */
export const RECORD_HINTS: Record<RecordOfSends['kind'], string | null> = {
	exact: null,
	shared:
		"A Remove Duplicates node with the scope 'Workflow' uses what this node needs in n8n's database to keep several workers apart. Sending takes longer, and two workers at the same moment are kept apart less strictly. Set the scope of that node to 'Node'",
	process:
		"n8n stores no record of sent invitations for this workflow, so 'Send at Most Once' holds only until n8n restarts, and only within this n8n process. Save the workflow to keep a record",
};

/** Who first, then what became of it; at most ten fields. */
export function buildVerdictJson(
	{ invitation, previousInvitationId, ...verdict }: Verdict,
	capabilities: Capabilities,
): IDataObject {
	return {
		...buildWhoJson(invitation, capabilities),
		...verdict,
		...buildIdsJson(invitation),
		...(previousInvitationId === undefined ? {} : { previousInvitationId }),
		provider: invitation.provider,
	};
}

/** Agents do not see the node's hints, so the output says how long a send is remembered. */
export function explain(verdict: Verdict, { kind }: RecordOfSends): Verdict {
	if (kind !== 'process' || verdict.outcome !== 'sent') return verdict;
	const message = `${verdict.message}. n8n remembers this only until it restarts, because it stores no record for this workflow`;
	return { ...verdict, message };
}
