import jestConfig from './jest.config.mjs';

/**
 * The modules that decide whether a person is emailed, and what is said about it, by the unit test that judges them. Each test
 * is run with its own modules only: with all tests at once each mutant loads them all, and the run takes hours.
 */
export const MUTATED = {
	errorMessages: ['http/errorMessages'],
	redact: ['http/redact'],
	readReply: ['http/readReply'],
	calendar: ['resend/decision/calendar'],
	policy: ['resend/decision/policy', 'resend/decision/rules'],
	throttle: ['resend/throttle'],
	entry: ['entry', 'marks', 'lease', 'endLease'].map((name) => `resend/record/${name}`),
	rowLock: ['resend/record/rowLock'],
	groupCommit: ['resend/record/groupCommit', 'resend/record/section'],
	flights: ['resend/record/flights'],
};

/** npm run mutation sets it, one group after the other. */
const group = process.env.MUTATION_GROUP ?? 'policy';
const unit = jestConfig.projects.find(({ displayName }) => displayName === 'unit');

/**
 * Mutation testing: `npm run mutation`. What survives, and why, is in test/MUTATION.md.
 *
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
	mutate: MUTATED[group].map((name) => `nodes/shared/${name}.ts`),
	plugins: ['@stryker-mutator/jest-runner'],
	testRunner: 'jest',
	jest: {
		config: {
			...unit,
			projects: [],
			roots: ['<rootDir>/test/unit', '<rootDir>/nodes'],
			testMatch: [`<rootDir>/test/unit/${group}.test.ts`],
		},
		enableFindRelatedTests: false,
	},
	coverageAnalysis: 'perTest',
	concurrency: 2,
	timeoutMS: 20_000,
	tempDirName: `.stryker-tmp/${group}`,
	ignorePatterns: [
		'/*',
		...['!/package.json', '!/jest.config.mjs', '!/credentials', '!/nodes', '!/test'],
		...['/test/*', '!/test/unit', '!/test/engine'],
	],
	reporters: ['clear-text', 'json'],
	clearTextReporter: {
		allowColor: false,
		logTests: false,
		reportTests: false,
		reportScoreTable: false,
	},
	jsonReporter: { fileName: `reports/mutation/${group}.json` },
};
