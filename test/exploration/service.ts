import type { OnWait } from '../../nodes/shared/http/retry';
import type { Failure } from '../../nodes/shared/core/failure';
import type { Invitation } from '../../nodes/shared/invitation/invitation';
import { failed, ok } from '../../nodes/shared/core/result';
import type { Found, InvitationProvider, SendReply } from '../../nodes/shared/invitation/provider';
import type { Run } from './runs';
import type { World } from './world';

/** How a service deals with one send. Times count from when the request leaves. */
export interface SendPlan {
	/** How long it asks to be left alone before the request leaves: at most as long as the nodes wait for a 429. */
	waitMs: number;
	/** When the email leaves; null where it never does. */
	effectMs: number | null;
	reply: 'accepted' | 'unclear' | 'refused' | 'neverSent' | 'rateLimited';
	replyMs: number;
}

/** A request that left, and the email that came of it. */
export interface Send {
	run: Run;
	invitation: string;
	plan: SendPlan;
	leftAt: number;
	/** When the email left; null until then. */
	emailedAt: number | null;
	answeredAt: number | null;
}

const FAILURE: Failure = {
	message: 'The service answered badly',
	description: 'Look at the service.',
	reason: 'unavailable',
	httpStatus: 502,
	code: null,
	retryable: true,
};

/** Before every window that a schedule begins in. */
const LONG_AGO_MS = 40 * 24 * 60 * 60_000;

/** A service with invitations; it counts its emails, and is the witness of what really happened. */
export class Service {
	readonly sends: Send[] = [];
	private asked = 0;
	private readonly stamps = new Map<string, { id: number; sentAt: number }>();
	private readonly startedAt: number;

	constructor(
		private readonly world: World,
		private readonly given: {
			/** Whether it stamps each send, and makes a new invitation of it. */
			stampTells: boolean;
			readMs: number;
			/** Taken in turn, again and again. */
			plans: readonly SendPlan[];
		},
	) {
		this.startedAt = world.now;
	}

	recordKey(invitation: string): string {
		return `service|explored|${invitation}`;
	}

	/** The service as one run of a node reaches it; item by item it names these invitations. */
	providerFor(run: Run, invitations: readonly string[]): InvitationProvider<string> {
		const { stampTells, readMs } = this.given;
		return {
			name: 'service',
			displayName: 'Service',
			target: (itemIndex) => ok(invitations[itemIndex] ?? ''),
			idsOf: (caseId) => ({ caseId }),
			key: (target) => target,
			recordKey: ({ subject }) => this.recordKey(String(subject.caseId)),
			read: async (target) =>
				await this.world.step(run.process, `reads ${target}`, () => ok(this.found(target)), {
					afterMs: readMs,
				}),
			describeMissing: () => FAILURE,
			send: async (target, _before, onWait) => await this.send(run, target, onWait),
			capabilities: {
				stampsSends: stampTells,
				tellsName: true,
				tellsSentAt: stampTells,
				tellsExpiry: false,
				tellsCompletedAt: false,
				statuses: ['pending'],
				resendableStatuses: ['pending'],
				listsCarryDates: true,
				findsByEmail: false,
				makesNewInvitation: stampTells,
			},
			...(stampTells
				? {
						settle: (before: Invitation, now: Invitation) =>
							before.id === now.id ? ('notSent' as const) : ('sent' as const),
					}
				: {}),
			list: async function* () {
				yield failed(FAILURE);
			},
		};
	}

	private found(invitation: string): Found {
		const stamp = this.stamps.get(invitation) ?? { id: 0, sentAt: this.startedAt - LONG_AGO_MS };
		const { stampTells } = this.given;
		return {
			invitation: {
				provider: 'karmaCheck',
				environment: 'production',
				id: stampTells ? `${invitation} ${stamp.id}` : null,
				subject: { caseId: invitation },
				status: 'pending',
				providerStatus: 'pending',
				email: `${invitation}@example.com`,
				name: null,
				sentAt: stampTells ? new Date(stamp.sentAt).toISOString() : null,
				expiresAt: null,
				completedAt: null,
			},
			raw: {},
			link: null,
		};
	}

	/** The request is a step of its own: a process may stand still or die just before it. */
	private async send(run: Run, invitation: string, onWait: OnWait): Promise<SendReply> {
		const plan = this.given.plans[this.asked++ % this.given.plans.length];
		if (plan === undefined) throw new Error('There is no plan for a send');
		const { waitMs } = plan;
		if (waitMs > 0) {
			const isWanted = await onWait(waitMs);
			await this.world.step(run.process, 'has waited', () => undefined, { afterMs: waitMs });
			if (!isWanted()) return { kind: 'rateLimited', failure: FAILURE };
		}
		return await new Promise((resolve) => {
			const leave = (): void => this.receive(run, invitation, plan, resolve);
			void this.world.step(run.process, `requests ${invitation}`, leave);
		});
	}

	private receive(
		run: Run,
		invitation: string,
		plan: SendPlan,
		tell: (reply: SendReply) => void,
	): void {
		const { world } = this;
		const { effectMs, replyMs } = plan;
		const send: Send = {
			run,
			invitation,
			plan,
			leftAt: world.now,
			emailedAt: null,
			answeredAt: null,
		};
		this.sends.push(send);
		const answer = (): SendReply => {
			if (plan.reply === 'accepted') return { kind: 'accepted', current: null };
			return { kind: plan.reply, failure: FAILURE };
		};
		const reply = (afterMs: number): void => {
			const label = `is told of ${invitation}: ${plan.reply}`;
			void world.step(run.process, label, answer, { afterMs }).then((said) => {
				// A process that stands still hears of it when it goes on.
				send.answeredAt = world.now;
				tell(said);
			});
		};
		const isEmailedFirst = effectMs !== null && effectMs <= replyMs;
		if (!isEmailedFirst) reply(replyMs);
		if (effectMs === null) return;
		world.later(`${invitation} is emailed`, effectMs, () => {
			send.emailedAt = world.now;
			const id = (this.stamps.get(invitation)?.id ?? 0) + 1;
			this.stamps.set(invitation, { id, sentAt: world.now });
			if (isEmailedFirst) reply(replyMs - effectMs);
		});
	}
}
