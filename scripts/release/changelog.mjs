// The changelog in the form of keepachangelog.com.
import { Release, parser } from 'keep-a-changelog';

export const releasedVersions = (text) =>
	parser(text).releases.flatMap(({ version }) => version ?? []);

const findUnreleased = (changelog) => changelog.releases.find(({ version }) => !version);

export const hasUnreleased = (text) => !(findUnreleased(parser(text))?.isEmpty() ?? true);

/** What was under Unreleased becomes the version of that day. */
export function releaseChangelog(text, { version, date, url }) {
	const changelog = parser(text);
	const release = findUnreleased(changelog);
	release.setVersion(version);
	release.setDate(date);
	changelog.addRelease(new Release());
	Object.assign(changelog, { url, format: 'markdownlint' });
	return changelog.toString();
}
