import type { INodeProperties } from 'n8n-workflow';
import type { Capabilities } from '../invitation/provider';
import {
	addFirstDate,
	createCollection,
	createNumberField,
	createStatusField,
	DAY_IS,
	limitField,
	returnAllField,
	type Traits,
} from '../node/fields';

/** The parameters of Get Many; only those that can have an effect at the service. */

const emailFilter: INodeProperties = {
	displayName: 'Email Contains',
	name: 'emailContains',
	type: 'string',
	default: '',
	placeholder: 'e.g. @example.com',
	description: 'Part of the email address, in upper or lower case',
};

const nameFilter: INodeProperties = {
	displayName: 'Name Contains',
	name: 'nameContains',
	type: 'string',
	default: '',
	placeholder: 'e.g. Mbeki',
	description: 'Part of the name, in upper or lower case',
};

const createSentBeforeFilter = (service: Traits): INodeProperties => ({
	displayName: 'Sent Before',
	name: 'sentBefore',
	type: 'dateTime',
	default: '',
	description: addFirstDate('Only invitations whose last email was sent before this time', service),
});

const includeExpiredFilter: INodeProperties = {
	displayName: 'Include Expired',
	name: 'includeExpired',
	type: 'boolean',
	default: false,
	description:
		"Whether 'Expiring Within (Days)' also includes invitations that have already expired",
};

/** Said where something costs a request per invitation. */
const READS_EACH = 'This takes one request per invitation.';

function createFilters(service: Traits, own: INodeProperties[]): INodeProperties {
	const { tellsName, tellsSentAt, tellsExpiry, listsCarryDates, statuses } = service.capabilities;
	const expiring = `Only pending invitations that expire within this many days. ${DAY_IS}`;
	const expiringFilter = createNumberField({
		displayName: 'Expiring Within (Days)',
		name: 'expiringWithin',
		default: 3,
		description: listsCarryDates ? `${expiring}.` : `${expiring}. ${READS_EACH}`,
	});
	const statusFilter = createStatusField(statuses, {
		displayName: 'Status',
		name: 'status',
		default: ['pending'],
		description: 'Only invitations with one of these statuses',
	});
	return createCollection(
		'Filters',
		[
			emailFilter,
			...(tellsName ? [nameFilter] : []),
			...(tellsExpiry ? [expiringFilter, includeExpiredFilter] : []),
			...(tellsSentAt ? [createSentBeforeFilter(service)] : []),
			statusFilter,
			...own,
		],
		'getAll',
	);
}

/** @param own the filters that only this service has */
export function createListFields(service: Traits, own: INodeProperties[] = []): INodeProperties[] {
	return [returnAllField, limitField, createFilters(service, own)];
}

/** @param own the options that only this service has */
export function createListOptions(
	{ tellsSentAt, tellsExpiry, listsCarryDates }: Capabilities,
	own: INodeProperties[] = [],
): INodeProperties {
	const datesOption: INodeProperties = {
		displayName: 'Include Dates',
		name: 'includeDetails',
		type: 'boolean',
		default: false,
		description:
			'Whether to add the dates, which the list does not contain. This takes one request per invitation.',
	};
	const sorting = 'Whether to sort by expiry date';
	const soonestFirstOption: INodeProperties = {
		displayName: 'Soonest Expiry First',
		name: 'soonestFirst',
		type: 'boolean',
		default: false,
		description: listsCarryDates ? sorting : `${sorting}. ${READS_EACH}`,
	};
	return createCollection(
		'Options',
		[
			...(!listsCarryDates && (tellsSentAt || tellsExpiry) ? [datesOption] : []),
			...(tellsExpiry ? [soonestFirstOption] : []),
			...own,
		],
		'getAll',
	);
}
