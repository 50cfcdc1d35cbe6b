import type { Clock } from '../../clock';
import { int64 } from '../../ids';
import { known, type ServiceState } from '../../service';
import { account } from './account';

/** Ids are decimal strings: they are int64 and would not survive as numbers. */
export interface NumiumInvitation {
	id: string;
	tenantId: string;
	email: string;
	status: 'Pending' | 'Accepted' | 'Cancelled';
	createdAt: number;
}

export interface NumiumState extends ServiceState<NumiumInvitation> {
	all(tenantId?: string): NumiumInvitation[];
	get(id: string | bigint): NumiumInvitation | undefined;
	add(input?: Partial<Omit<NumiumInvitation, 'id'>> & { id?: string | bigint }): NumiumInvitation;
	accept(id: string | bigint): void;
}

export function createState(clock: Clock): NumiumState {
	const invitations = new Map<string, NumiumInvitation>();
	let counter = 0;
	const idOf = (id: string | bigint) => int64(id.toString()) ?? '';
	return {
		all: (tenantId) =>
			[...invitations.values()].filter(
				(entry) => tenantId === undefined || entry.tenantId === tenantId,
			),
		get: (id) => invitations.get(idOf(id)),
		add(input = {}) {
			counter += 1;
			const invitation: NumiumInvitation = {
				tenantId: account.tenantId,
				email: `member${counter}@example.com`,
				status: 'Pending',
				createdAt: clock.now(),
				...input,
				id: idOf(input.id ?? String(500_000 + counter)),
			};
			invitations.set(invitation.id, invitation);
			return invitation;
		},
		accept(id) {
			known(invitations.get(idOf(id)), `invitation ${id.toString()}`).status = 'Accepted';
		},
		clear() {
			invitations.clear();
			counter = 0;
		},
	};
}
