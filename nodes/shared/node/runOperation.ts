import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	INodeProperties,
} from 'n8n-workflow';
import { failed } from '../core/result';
import { openSession, type Session } from '../http/session';
import type { InvitationProvider } from '../invitation/provider';
import { refuseWrongValues } from './collections';
import { addInputFields, buildItems, buildNobodyJson } from './items';
import { createExecutionReader } from './parameters';
import type { Service } from './service';

/** One operation of the resource Invitation, over all items. */
export interface Operation<Target> {
	(
		context: IExecuteFunctions,
		provider: InvitationProvider<Target>,
		session: Session,
	): Promise<INodeExecutionData[]>;
	/** What it turns its rows into in the end, even if they only say that the sign-in did not work. */
	finish?(
		context: IExecuteFunctions,
		rows: INodeExecutionData[],
		displayName: string,
	): INodeExecutionData[];
}

/** Signs in once, and runs the operation that the node is set to. */
async function runOperation<Target>(
	context: IExecuteFunctions,
	service: Service<Target>,
	operations: Readonly<Record<string, Operation<Target>>>,
	fields: readonly INodeProperties[],
): Promise<INodeExecutionData[][]> {
	const items = context.getInputData();
	if (items.length === 0) return [[]];
	const name = String(context.getNodeParameter('operation', 0));
	const operation = operations[name];
	if (operation === undefined) throw new TypeError(`Unknown operation ${name}`);
	const present = (rows: INodeExecutionData[]): INodeExecutionData[][] => [
		addInputFields(context, operation.finish?.(context, rows, service.displayName) ?? rows),
	];
	const session = await openSession(context, service.credential);
	if (!session.ok) {
		const refused = items.map(() => failed<IDataObject>(session.failure));
		return present(buildItems(context, refused, () => buildNobodyJson(service)));
	}
	const provider = service.createProvider(createExecutionReader(context), session.value);
	const careful = refuseWrongValues(context, provider, fields, name);
	return present(await operation(context, careful, session.value));
}

/**
 * The `execute` of a service's node.
 *
 * @param fields the node's parameters
 */
export function createExecute<Target>(
	service: Service<Target>,
	operations: Readonly<Record<string, Operation<Target>>>,
	fields: readonly INodeProperties[],
) {
	return async function execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await runOperation(this, service, operations, fields);
	};
}
