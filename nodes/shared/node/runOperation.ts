import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { toItems } from './items';
import { executionParameters, type ParameterReader } from './parameters';
import { failed } from '../core/result';
import type { InvitationProvider } from '../invitation/provider';
import { openSession, type CredentialPlan, type Session } from '../http/session';

/** One operation of the resource Invitation, over all items. */
export type Operation<Target> = (
	context: IExecuteFunctions,
	provider: InvitationProvider<Target>,
	session: Session,
) => Promise<INodeExecutionData[]>;

/** Signs in once, and runs the operation that the node is set to. */
export async function runOperation<Target>(
	context: IExecuteFunctions,
	credential: CredentialPlan,
	createProvider: (parameters: ParameterReader, session: Session) => InvitationProvider<Target>,
	operations: Readonly<Record<string, Operation<Target>>>,
): Promise<INodeExecutionData[][]> {
	const items = context.getInputData();
	if (items.length === 0) return [[]];
	const session = await openSession(context, credential);
	if (!session.ok)
		return [
			toItems(
				context,
				items.map(() => failed(session.failure)),
			),
		];
	const name: unknown = context.getNodeParameter('operation', 0);
	const operation = operations[String(name)];
	if (operation === undefined) throw new TypeError(`Unknown operation ${String(name)}`);
	const provider = createProvider(executionParameters(context), session.value);
	return [await operation(context, provider, session.value)];
}
