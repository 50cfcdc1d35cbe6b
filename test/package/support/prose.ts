import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { filesBelow, root } from './packed';

/**
 * Words n8n's UX guidelines ask to avoid; 'On Error' is the name of a setting and may be quoted. And what n8n calls an
 * email is called so everywhere.
 */
const BANNED = /\b(errors?|problems?|failures?|mistakes?|mail(s|ed|ing)?)\b/i;

export const bannedWord = (text: string): string | undefined =>
	BANNED.exec(text.replaceAll("'On Error'", ''))?.[0];

/** Two words side by side: a sentence rather than a key, a name or an address. */
const isProse = (text: string) => /[A-Za-z,.;:)'}] +[A-Za-z('{]/.test(text);

function literalText(node: ts.Node): string | undefined {
	if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
	if (ts.isTemplateExpression(node))
		return node.head.text + node.templateSpans.map((span) => `{}${span.literal.text}`).join('');
	return undefined;
}

/** Every sentence written in a source file, with its line; import paths and types are no sentences. */
export function sentences(file: string, code: string): Array<{ at: string; text: string }> {
	const source = ts.createSourceFile(file, code, ts.ScriptTarget.ES2022, true);
	const found: Array<{ at: string; text: string }> = [];
	const visit = (node: ts.Node): void => {
		if (ts.isImportDeclaration(node) || ts.isTypeNode(node)) return;
		const text = literalText(node);
		if (text !== undefined && isProse(text)) {
			const { line } = source.getLineAndCharacterOfPosition(node.getStart());
			found.push({ at: `${file}:${line + 1}`, text });
		}
		ts.forEachChild(node, visit);
	};
	visit(source);
	return found;
}

export const sourceSentences = () =>
	['nodes', 'credentials']
		.flatMap((folder) => filesBelow(root, folder))
		.filter((file) => file.endsWith('.ts'))
		.flatMap((file) => sentences(file, readFileSync(path.join(root, file), 'utf8')));
