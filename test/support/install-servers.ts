// The servers and programs of the end-to-end tests, for `npm test`, which installs them beside its first steps:
// `node --import @swc-node/register/esm-register test/support/install-servers.ts`.
import { installServers } from './services.ts';

installServers();
