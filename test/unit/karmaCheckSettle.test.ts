import type { CaseIds } from '../../nodes/KarmaCheck/mapper';
import { createKarmaCheckProvider } from '../../nodes/KarmaCheck/provider';
import type { Invitation } from '../../nodes/shared/invitation/invitation';
import type { Session } from '../../nodes/shared/http/session';
import { sampleInvitation } from './support/sampleInvitation';

const { settle } = createKarmaCheckProvider({ value: () => '', mode: () => 'id' }, {} as Session);

type Case = Invitation<CaseIds>;

describe('whether KarmaCheck has sent', () => {
	it.each<[string, Partial<Case>, Partial<Case>, string]>([
		['a new id', { id: 'a' }, { id: 'b' }, 'sent'],
		['a new id with the old stamp', { id: 'a', sentAt: 'x' }, { id: 'b', sentAt: 'x' }, 'sent'],
		['the same id with a new stamp', { id: 'a', sentAt: 'x' }, { id: 'a', sentAt: 'y' }, 'notSent'],
		[
			'nothing new',
			{ status: 'pending', expiresAt: 'x' },
			{ status: 'expired', expiresAt: 'y' },
			'notSent',
		],
		['no id, and a new stamp', { id: null, sentAt: 'x' }, { id: null, sentAt: 'y' }, 'sent'],
		['no id, and the same stamp', { id: null, sentAt: 'x' }, { id: null, sentAt: 'x' }, 'notSent'],
		['an id where there was none', { id: null }, { id: 'b' }, 'sent'],
	])('is told by %s', (_, earlier, now, settled) => {
		expect(settle?.(sampleInvitation(earlier), sampleInvitation(now))).toBe(settled);
	});
});
