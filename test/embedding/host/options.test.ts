// One process runs the tests of all subjects, because each process would load Nest again.
import './options/registration.js';
import './options/mounting.js';
import './options/host-isolation.js';
import './options/deny-by-default.js';
import './options/tokens-and-passwords.js';
import './options/mailer.js';
import './options/sign-up-rule.js';
import './options/verified-email.js';
import './options/transport.js';
import './options/wrong-settings.js';
import './options/two-gatehouses.js';
import './options/service.js';
import './options/throttling.js';
import './options/audit.js';
