// node findPackage.mjs <folder> <name>: where the reviewer's scanner finds a package in a commit.
// A process of its own, because Jest cannot import modules that exist as ESM only.
import { findPackageRoot } from '@n8n/scan-community-package/scanner/scanner.mjs';

const [folder, name] = process.argv.slice(2);
console.log(findPackageRoot(folder, name));
