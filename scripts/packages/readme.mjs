// The README of a standalone package.
import { read } from './sources.mjs';

export const renderReadme = ({ name }) => read(`packages/${name}/README.md`);
