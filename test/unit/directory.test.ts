import { ok, refuse } from '../../nodes/shared/core/result';
import { createDirectories } from '../../nodes/shared/invitation/directory';
import type { Found } from '../../nodes/shared/invitation/provider';
import { sampleInvitation } from './support/sampleInvitation';

type Ids = { caseId: string };

const found = (caseId: string, email: string | null): Found<Ids> => ({
	invitation: sampleInvitation<Ids>({ subject: { caseId }, email }),
	raw: {},
	link: null,
});

function directoryOf(listed: Array<Found<Ids>>) {
	const open = createDirectories<Ids>(
		async function* () {
			yield ok(listed);
		},
		{ several: (email) => `Several go to ${email}`, idOf: ({ subject }) => subject.caseId },
	);
	return open('');
}

describe('what an account lists', () => {
	it.each([
		['comes to nothing', refuse('Away', 'Try again later.')],
		['finds something else', ok([found('b', null)])],
	])('stays known while and after a fresh look %s', async (_, fresh) => {
		const looks = [ok([found('a', null)]), fresh, fresh];
		const open = createDirectories<Ids>(
			async function* () {
				yield looks.shift() ?? ok([]);
			},
			{ several: String, idOf: ({ subject }) => subject.caseId },
		);
		const before = await open('');
		const twoAtOnce = [open('', 'fresh'), open('', 'fresh')];
		await expect(open('')).resolves.toBe(before);
		await expect(Promise.all(twoAtOnce)).resolves.toEqual([
			expect.objectContaining({ ok: fresh.ok }),
			expect.objectContaining({ ok: fresh.ok }),
		]);
		await expect(open('')).resolves.toBe(before);
		expect(looks).toEqual([]);
	});

	it('may be more in one reply than a call takes arguments', async () => {
		const many = Array.from({ length: 200_000 }, (_, index) =>
			found(`case-${index}`, `p${index}@example.com`),
		);
		const directory = await directoryOf(many);
		if (!directory.ok) throw new Error('No directory');
		expect(directory.value.all).toHaveLength(200_000);
		expect(directory.value.byEmail('P199999@example.com')).toEqual(ok(many.at(-1)));
	});

	it('names the ids where several go to one address, and none where there is no address', async () => {
		const directory = await directoryOf([
			found('a', 'ann@example.com'),
			found('b', ' Ann@Example.com'),
			found('c', null),
		]);
		if (!directory.ok) throw new Error('No directory');
		expect(directory.value.byEmail('ann@example.com')).toMatchObject({
			ok: false,
			failure: {
				message: 'Several go to ann@example.com',
				description: 'Choose one by its ID: a, b.',
			},
		});
		expect(directory.value.byEmail('nobody@example.com')).toEqual(ok(null));
	});
});
