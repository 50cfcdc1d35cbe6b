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
	it('stays known where a fresh look comes to nothing', async () => {
		const looks = [ok([found('a', null)]), refuse('Away', 'Try again later.')];
		const open = createDirectories<Ids>(
			async function* () {
				yield looks.shift() ?? ok([]);
			},
			{ several: String, idOf: ({ subject }) => subject.caseId },
		);
		const before = await open('');
		await expect(open('', 'fresh')).resolves.toMatchObject({ failure: { message: 'Away' } });
		await expect(open('')).resolves.toBe(before);
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
