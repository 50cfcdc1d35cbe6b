// What the executions say became of each person, held against the sandbox's outbox, which knows who was emailed.
import assert from 'node:assert/strict';
import { verdictsOf } from './calls.mjs';
import { SERVICES } from './services.mjs';

export const countBy = (values) =>
	values.reduce((counts, value) => ({ ...counts, [value]: (counts[value] ?? 0) + 1 }), {});

export const repeated = (keys) => {
	const seen = new Set();
	return keys.filter((key) => seen.has(key) || !seen.add(key));
};

/** How an item ended, in words to count by. */
export const wordOf = ({ outcome, reason }) =>
	outcome === reason ? outcome : `${outcome} (${reason})`;

export const told = (counts) =>
	Object.entries(counts)
		.sort()
		.map(([name, count]) => `${name} ${count}`)
		.join(', ') || 'none';

/** A long list of ids tells no more than the first of them. */
const nobody = (keys, complaint) =>
	assert.equal(keys.length, 0, `${complaint}: ${keys.length}, among them ${keys.slice(0, 3)}`);

export const figures = (text) => console.log(`       ${text}`);

/** Open invitations by service, of which nobody is given out twice. */
export function peopleOf(state) {
	const pool = Object.fromEntries(
		SERVICES.map(({ provider, scope }) => {
			const own = state[provider].filter((entry) => !scope || entry[scope.field] === scope.own);
			return [provider, own.map(({ id }) => id)];
		}),
	);
	const some = (provider, from, count) => {
		const taken = pool[provider].splice(from, count);
		assert.equal(taken.length, count, `the sandbox has not enough people at ${provider}`);
		return taken;
	};
	return {
		/** The named ones come first, and some of them are not open. */
		take: (provider, count) => some(provider, 0, count),
		/** Open ones only. */
		takeOpen: (provider, count) => some(provider, -count, count),
	};
}

export function createWitness(control) {
	/** The mails to these, in the order in which they went out. */
	const mailsTo = async (provider, targets) => {
		const among = new Set(targets);
		return (await control.outbox())
			.filter((mail) => mail.provider === provider && among.has(mail.key))
			.map(({ key }) => key);
	};

	/** Nobody is called sent whose email is not there, one email for each time. Gives both. */
	const nothingFalse = async (provider, targets, executions) => {
		const mailed = await mailsTo(provider, targets);
		const claimed = executions
			.flatMap(verdictsOf)
			.filter(({ outcome }) => outcome === 'sent')
			.map(({ key }) => key);
		const mails = countBy(mailed);
		const claims = countBy(claimed);
		const untrue = Object.keys(claims).filter((key) => claims[key] > (mails[key] ?? 0));
		nobody(untrue, 'called sent without an email');
		return { mailed, claimed };
	};

	/** The promise, for targets that were served by these executions, however those ended. */
	const promiseKept = async (provider, targets, executions) => {
		nobody(repeated(await mailsTo(provider, targets)), 'emailed twice');
		return await nothingFalse(provider, targets, executions);
	};

	return {
		mailsTo,
		nothingFalse,
		promiseKept,

		/** Everybody was emailed once, and each execution says so: it sent it, or another one had. */
		async allServed(provider, targets, executions) {
			const { mailed, claimed } = await promiseKept(provider, targets, executions);
			const verdicts = executions.flatMap(verdictsOf);
			const words = countBy(verdicts.map(wordOf));
			const expected = {
				sent: targets.length,
				...(verdicts.length > targets.length
					? { 'skipped (alreadySent)': verdicts.length - targets.length }
					: {}),
			};
			assert.deepEqual(words, expected);
			assert.deepEqual([...mailed].sort(), [...targets].sort());
			assert.deepEqual([...claimed].sort(), [...targets].sort());
			return { mailed, verdicts };
		},

		/**
		 * After a rerun of all, the last of the executions, with no other under way: who got no email is told
		 * so, who got one is not told the contrary, and nobody is put off for another execution's sake.
		 */
		async rerunTells(provider, targets, executions) {
			const { mailed } = await promiseKept(provider, targets, executions);
			const verdicts = verdictsOf(executions.at(-1));
			assert.deepEqual(
				verdicts.map(({ key }) => key),
				targets,
				'everyone has one verdict',
			);
			const went = new Set(mailed);
			const wrong = verdicts.filter(({ key, outcome, reason }) => {
				if (outcome === 'unknown') return false;
				return went.has(key) ? outcome !== 'sent' && reason !== 'alreadySent' : true;
			});
			assert.deepEqual(wrong, []);
			return { mailed, verdicts };
		},
	};
}
