import type fc from 'fast-check';
import type * as Flights from '../../nodes/shared/resend/record/flights';
import type { LeaseRequest } from '../../nodes/shared/resend/record/entry';
import type * as RecordRoom from '../../nodes/shared/resend/record/record';
import type * as RowLock from '../../nodes/shared/resend/record/rowLock';
import type { Law } from './laws';
import type { Sabotage } from './processes';
import { CROWD, DEATH, LONG_STANDSTILL, NEIGHBOURS, UNCLEAR, type Scenario } from './scenario';

/** Each takes one of the means away by which the promises are kept; a law has to notice. */

const ROOM = '../../nodes/shared/resend/record';

function withLock(change: (hold: RowLock.Hold) => RowLock.Hold): Sabotage {
	const module = `${ROOM}/rowLock`;
	return {
		module,
		instead: () => {
			const real = jest.requireActual<typeof RowLock>(module);
			const acquireLock: typeof RowLock.acquireLock = async (...given) => {
				const acquired = await real.acquireLock(...given);
				return acquired && { ...acquired, hold: change(acquired.hold) };
			};
			return { ...real, acquireLock };
		},
	};
}

const NO_LOCK: Sabotage = {
	module: `${ROOM}/rowLock`,
	instead: () => ({
		...jest.requireActual<typeof RowLock>(`${ROOM}/rowLock`),
		acquireLock: async () => ({
			hold: { throwIfTooLate: () => undefined, release: async () => undefined },
			hadToWait: false,
		}),
	}),
};

const NO_FENCE = withLock((hold) => ({ ...hold, throwIfTooLate: () => undefined }));

const NO_FLIGHTS: Sabotage = {
	module: `${ROOM}/flights`,
	instead: (): Partial<typeof Flights> => ({
		takeOff: async () => ({ unclear: null, end: () => undefined }),
	}),
};

type RecordOfSends = RecordRoom.RecordOfSends;

function withRecord(change: (record: RecordOfSends) => Partial<RecordOfSends>): Sabotage {
	const module = `${ROOM}/record`;
	return {
		module,
		instead: () => {
			const real = jest.requireActual<typeof RecordRoom>(module);
			const openRecord: typeof RecordRoom.openRecord = async (...given) => {
				const opened = await real.openRecord(...given);
				if (!opened.ok) return opened;
				return { ok: true, value: { ...opened.value, ...change(opened.value) } };
			};
			return { ...real, openRecord };
		},
	};
}

const INTENT_AFTER_THE_SEND = withRecord((record) => {
	const requests = new Map<string, LeaseRequest>();
	return {
		async lease(request) {
			const taken = await record.lease(request);
			if (taken.kind === 'granted') await record.rollBack(taken.lease);
			requests.set(request.entry, request);
			return taken;
		},
		async commit({ entry }, windows) {
			const request = requests.get(entry);
			const taken = request && (await record.lease(request));
			if (taken?.kind === 'granted') await record.commit(taken.lease, windows);
		},
		rollBack: async () => undefined,
	};
});

const COMMIT_BEFORE_THE_REPLY = withRecord((record) => ({
	async lease(request) {
		const taken = await record.lease(request);
		if (taken.kind === 'granted') await record.commit(taken.lease, request.windows);
		return taken;
	},
}));

const UNCLEAR_IS_NOT_SENT = withRecord((record) => ({
	leaveInDoubt: async (held) => await record.rollBack(held),
}));

/** What is broken, how, the law that has to notice, and where it may show. */
export const SABOTAGES: ReadonlyArray<[string, Sabotage, Law, fc.Arbitrary<Scenario>]> = [
	['there is no lock between processes', NO_LOCK, 'nobody twice', CROWD],
	['a process that stood still writes all the same', NO_FENCE, 'nobody twice', LONG_STANDSTILL],
	['nobody in a process waits for another workflow', NO_FLIGHTS, 'nobody twice', NEIGHBOURS],
	['the intent is recorded after the send', INTENT_AFTER_THE_SEND, 'nobody twice', CROWD],
	['a send is committed before its reply', COMMIT_BEFORE_THE_REPLY, 'nothing untrue', DEATH],
	['an unclear send is taken for none', UNCLEAR_IS_NOT_SENT, 'nobody twice', UNCLEAR],
];
