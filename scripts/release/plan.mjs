// What a release would be: decisions without a look at git or the disk.
import semver from 'semver';
import { hasUnreleased, releasedVersions } from './changelog.mjs';

const BRANCH = 'main';
export const VERSION_FILES = ['package.json', 'package-lock.json', 'CHANGELOG.md'];
const TREES = 'build/packages';

/** @returns null for what is neither a version nor a step to the next one */
export const resolveVersion = (wanted, current) =>
	semver.valid(wanted) ?? (wanted ? semver.inc(current, wanted) : null);

/** Why this cannot be released, in sentences; an empty list if it can. */
export function findRefusals({ branch, changes, current, tags, changelog }, version) {
	const tagged = tags.flatMap((tag) => semver.valid(/^v(.+)$/.exec(tag)?.[1]) ?? []);
	const [newest] = semver.rsort([...tagged, ...releasedVersions(changelog)]);
	const refusals = [];
	if (branch !== BRANCH)
		refusals.push(`A release is made on ${BRANCH}; this is ${branch || 'no branch'}.`);
	if (changes !== '') refusals.push(`There are changes that are not committed:\n${changes}`);
	// Before the first release, package.json says a version that nobody has.
	if (newest !== undefined && !semver.gt(version, newest))
		refusals.push(`${version} is not newer than ${newest}, which was released.`);
	else if (semver.lt(version, current))
		refusals.push(`${version} is not newer than ${current} in package.json.`);
	if (semver.prerelease(version))
		refusals.push(`${version} is a prerelease, which the workflows do not publish.`);
	if (!hasUnreleased(changelog))
		refusals.push('CHANGELOG.md has nothing under [Unreleased]. Say there what is new.');
	return refusals;
}

/**
 * Every commit that a release makes, with the branch it goes to and the tag it gets.
 *
 * @param parents the commit that each package's branch is at, by the name of the package
 */
export const planRelease = (version, parents) => [
	{
		branch: BRANCH,
		message: `Release ${version}`,
		tag: `v${version}`,
		content: VERSION_FILES.join(', '),
	},
	...Object.entries(parents).map(([name, parent]) => ({
		branch: `pkg/${name}`,
		message: `${name} ${version}`,
		tag: `${name}@${version}`,
		content: `${TREES}/${name}`,
		name,
		parent,
	})),
];

const describeStep = ({ branch, message, tag, content, parent }) => {
	const where = parent === null ? `${branch} (new branch)` : branch;
	return `  commit  "${message}" on ${where}: ${content}\n  tag     ${tag}`;
};

export const describePlan = (plan) => plan.map(describeStep).join('\n');

/** One by one: GitHub starts no workflow where more than three tags come in one push. */
export const describePush = (plan) =>
	plan.map(({ branch, tag }) => `  git push --atomic origin ${branch} ${tag}`).join('\n');
