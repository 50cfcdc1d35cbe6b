// Read by programs that only want to sign in.
export { accounts, tokens } from './services';
