import jestConfig from './jest.config.mjs';

/** The modules that decide whether a person is mailed, and what is said about it. */
const modules = [
	'http/errorMessages',
	'http/redact',
	'http/classifySend',
	'resend/decision/calendar',
	'resend/decision/policy',
	'resend/decision/rules',
	'resend/throttle',
	'resend/record/entry',
	'resend/record/rowLock',
	'resend/record/groupCommit',
	'resend/record/flights',
];

const unit = jestConfig.projects.find(({ displayName }) => displayName === 'unit');

/**
 * Mutation testing: `npm run mutation`. What survives, and why, is in test/MUTATION.md.
 *
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
	mutate: modules.map((name) => `nodes/shared/${name}.ts`),
	plugins: ['@stryker-mutator/jest-runner'],
	testRunner: 'jest',
	jest: {
		// Each module is judged by its own tests: the others read it in passing and only take time.
		config: {
			...unit,
			projects: [],
			roots: ['<rootDir>/test/unit', '<rootDir>/nodes'],
			testMatch: modules.map((name) => `<rootDir>/test/unit/${name.split('/').at(-1)}.test.ts`),
		},
		enableFindRelatedTests: false,
	},
	coverageAnalysis: 'perTest',
	concurrency: 2,
	timeoutMS: 60_000,
	thresholds: { high: 95, low: 92, break: 90 },
	tempDirName: '.stryker-tmp',
	ignorePatterns: [
		'/*',
		...['!/package.json', '!/jest.config.mjs', '!/credentials', '!/nodes', '!/test'],
		...['/test/*', '!/test/unit', '!/test/engine'],
	],
	reporters: ['clear-text', 'progress-append-only', 'html', 'json'],
	clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
	htmlReporter: { fileName: 'reports/mutation/mutation.html' },
	jsonReporter: { fileName: 'reports/mutation/mutation.json' },
};
