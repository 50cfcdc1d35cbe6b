// The n8n editor in a headless Chromium: what a person does there, as functions.
import { chromium } from '@playwright/test';
import { ensureProgram } from '../../scripts/n8n/debian.mjs';
import { eventually } from './eventually.mjs';

const VIEWPORT = { width: 1280, height: 800 };
const SLOW_MS = 60_000;
const RUN_MS = 120_000;

/** n8n's own marks for tests, which outlive its class names. */
export const id = (name) => `[data-test-id="${name}"]`;
export const nodeSelector = (name) => `${id('canvas-node')}[data-node-name="${name}"]`;
const SUCCESS = '.el-notification__icon.el-notification--success';

/**
 * @param {object} options
 * @param {string} options.url      the editor's address
 * @param {'light'|'dark'} [options.theme] n8n follows the system's, which is what is set here
 */
export async function openBrowser({ url, theme = 'light', log = console.log }) {
	const executablePath = await ensureProgram('chromium', { log });
	const browser = await chromium.launch({ executablePath });
	const context = await browser.newContext({
		viewport: VIEWPORT,
		colorScheme: theme,
		// The same picture wherever it is taken.
		locale: 'en-GB',
		timezoneId: 'UTC',
		// A headless one calls itself so, and n8n takes no approval from programs: a preview of a link must not approve.
		userAgent: `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${browser.version()} Safari/537.36`,
	});
	const page = await context.newPage();
	page.setDefaultTimeout(SLOW_MS);
	return new Editor({ url, browser, context, page });
}

export class Editor {
	/** Hosts beside n8n that the editor asked for something; none, if all calls home are off. */
	foreignHosts = new Set();

	constructor({ url, browser, context, page }) {
		Object.assign(this, { url, browser, context, page });
		const own = new URL(url).host;
		page.on('request', (request) => {
			const { host, protocol } = new URL(request.url());
			if (protocol.startsWith('http') && host !== own) this.foreignHosts.add(host);
		});
	}

	async close() {
		await this.browser.close();
	}

	/** Refuses whatever is meant for another host than n8n. */
	async stayAtHome() {
		const own = new URL(this.url).host;
		await this.context.route(
			({ protocol, host }) => protocol.startsWith('http') && host !== own,
			(route) => route.abort(),
		);
	}

	async setTheme(theme) {
		await this.page.emulateMedia({ colorScheme: theme });
	}

	/** Through the form, as a person would. */
	async signIn({ email, password }) {
		const { page } = this;
		await page.goto(`${this.url}/signin`);
		await page.fill('input[name="emailOrLdapLoginId"]', email);
		await page.fill('input[name="password"]', password);
		await page.click(id('form-submit-button'));
		await page.waitForURL(/\/(home|workflow)/);
	}

	async openWorkflow(workflowId) {
		const { page } = this;
		await this.#forgetPanelWidths();
		await page.goto(`${this.url}/workflow/${workflowId}`);
		await page.waitForSelector(id('canvas-node'));
		await this.fitCanvas();
	}

	async fitCanvas() {
		await this.page.click(id('zoom-to-fit'));
		await this.settle();
		await this.#clearOfButton();
	}

	/** n8n fits the nodes into the canvas, but not clear of the button that lies over it. */
	async #clearOfButton() {
		// Not there when the workflow has no trigger that can be started by hand.
		const button = await this.page
			.locator(`button${id('execute-workflow-button')}`)
			.boundingBox({ timeout: 2_000 })
			.catch(() => null);
		const lowest = await this.page
			.locator(id('canvas-node'))
			.evaluateAll((nodes) =>
				Math.max(...nodes.map((node) => node.getBoundingClientRect().bottom)),
			);
		// A node's name and subtitle hang below its box.
		const label = 50;
		if (!button || lowest + label < button.y) return;
		await this.page.click(id('zoom-out-button'));
		await this.settle();
	}

	/** Runs the open workflow with the button. `{ ok, title, text }`: what the toast says. */
	async execute() {
		const { page } = this;
		await this.dismissToasts();
		await page.click(`button${id('execute-workflow-button')}`);
		const toast = page
			.locator('.el-notification')
			.filter({ has: page.locator('h2') })
			.first();
		await toast.waitFor({ timeout: RUN_MS });
		return {
			ok: (await toast.locator(SUCCESS).count()) > 0,
			title: (await toast.locator('h2').innerText()).trim(),
			text: (await toast.innerText()).trim(),
		};
	}

	/** All of them, those too that come while others go, such as that of a run that another window began. */
	async dismissToasts() {
		const toasts = this.page.locator('.el-notification');
		await eventually(async () => {
			for (const button of await toasts.locator('.el-notification__closeBtn').all()) {
				await button.click({ timeout: 2_000 }).catch(() => {});
			}
			return (await toasts.count()) === 0;
		});
	}

	/** What the canvas shows for a node: `success`, `error`, `warning`, or nothing before a run. */
	async nodeStatus(name) {
		const marks = this.page.locator(`${nodeSelector(name)} [data-test-id^="canvas-node-status-"]`);
		const all = await marks.evaluateAll((found) => found.map((mark) => mark.dataset.testId));
		// This one tells of the node's settings, not of its run.
		const [status] = all.filter((mark) => mark !== 'canvas-node-status-continue-on-error');
		return status?.replace(/^canvas-node-status-(mark-)?/, '');
	}

	/** The node's panel with its parameters, input and output. */
	async openNode(name) {
		await this.page.dblclick(nodeSelector(name));
		await this.page.waitForSelector(id('ndv'));
		await this.settle();
	}

	/** Pushes the parameters aside, so that the columns of the output can be seen, until the next `openWorkflow`. */
	async widenOutput(pixels = 260) {
		const handle = await this.page.locator(id('panel-drag-button')).boundingBox();
		const [x, y] = [handle.x + handle.width / 2, handle.y + handle.height / 2];
		await this.page.mouse.move(x, y);
		await this.page.mouse.down();
		await this.page.mouse.move(x - pixels, y, { steps: 10 });
		await this.page.mouse.up();
	}

	/** n8n keeps a node's panel as it was dragged last; a test or picture should not depend on the one before. */
	async #forgetPanelWidths() {
		if (!this.page.url().startsWith(this.url)) return;
		await this.page.evaluate(() => {
			const { localStorage } = globalThis;
			Object.keys(localStorage)
				.filter((key) => key.startsWith('N8N_NDV_PANEL_WIDTH'))
				.forEach((key) => localStorage.removeItem(key));
		});
	}

	async closeNode() {
		await this.page.click(id('ndv-close-button'));
		await this.page.waitForSelector(id('ndv'), { state: 'detached' });
	}

	/** Whatever a test before left open. */
	async toCanvas() {
		if (await this.page.locator(id('ndv')).isVisible()) await this.closeNode();
	}

	/** The rows of the open node's output, `{ column: text }`; nested values come as their lines of text. */
	async outputTable() {
		await this.page.click(`${id('output-panel')} ${id('radio-button-table')}`);
		const table = this.page.locator(`${id('output-panel')} table`).first();
		await table.waitFor();
		return await table.evaluate((element) => {
			const text = (cell) => cell.innerText.trim();
			const heads = [...element.querySelectorAll('thead th')].map(text);
			return [...element.querySelectorAll('tbody tr')]
				.filter((row) => row.querySelectorAll('td').length > 1)
				.map((row) => {
					const cells = [...row.querySelectorAll('td')].map(text);
					return Object.fromEntries(
						heads.flatMap((head, index) => (head === '' ? [] : [[head, cells[index] ?? '']])),
					);
				});
		});
	}

	/** Lets the fonts come and the animations end, so that pictures and clicks meet a page that stands still. */
	async settle() {
		const { page } = this;
		await page.evaluate(() => globalThis.document.fonts.ready);
		await page.waitForLoadState('networkidle', { timeout: 5_000 }).catch(() => {});
		await page.waitForTimeout(700);
	}

	async screenshot(file) {
		await this.dismissToasts();
		// Away from everything that shows a tooltip.
		await this.page.mouse.move(VIEWPORT.width / 2, 5);
		await this.settle();
		await this.snap(file);
	}

	/** As it is at this moment. */
	async snap(file) {
		await this.page.screenshot({ path: file });
	}
}
