import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import axios from 'axios';
import { accounts } from '../../sandbox';

jest.setTimeout(30_000);

const REPOSITORY = join(__dirname, '..', '..');

function start(...args: string[]): ChildProcess {
	return spawn(process.execPath, ['--import', 'tsx', 'sandbox/cli.ts', ...args], {
		cwd: REPOSITORY,
		stdio: ['ignore', 'pipe', 'pipe'],
	});
}

/** What the process has written once `mark` is among it. */
function outputUntil(child: ChildProcess, mark: string): Promise<string> {
	return new Promise((resolve, reject) => {
		let text = '';
		child.stdout?.on('data', (chunk: Buffer) => {
			text += chunk.toString();
			if (text.includes(mark)) resolve(text);
		});
		child.stderr?.on('data', (chunk: Buffer) => void (text += chunk.toString()));
		child.once('exit', () => reject(new Error(`It ended early: ${text}`)));
	});
}

test('starts, says where it is and what signs in, and stops on Ctrl-C', async () => {
	const child = start('--port', '0', '--cases', '20');
	const exited = once(child, 'exit');
	const text = await outputUntil(child, 'Ctrl-C');
	expect(text).toContain(accounts.karmaCheck.apiKey);
	expect(text).toContain(accounts.worthAi.password);

	const outbox = /http:\S+\/_sandbox\/outbox/.exec(text)?.[0] ?? '';
	expect((await axios.get<unknown>(outbox)).data).toEqual([]);
	const state = outbox.replace('outbox', 'state');
	expect((await axios.get<{ karmaCheck: unknown[] }>(state)).data.karmaCheck).toHaveLength(20);

	child.kill('SIGINT');
	expect(await exited).toEqual([0, null]);
});

test('a senseless option is refused', async () => {
	const child = start('--port', 'abc');
	let message = '';
	child.stderr?.on('data', (chunk: Buffer) => void (message += chunk.toString()));
	expect(await once(child, 'exit')).toEqual([1, null]);
	expect(message).toContain('--port takes a whole number');
});
