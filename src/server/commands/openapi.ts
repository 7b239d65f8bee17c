import { apiDescription } from '../openapi/api-description.js';
import { packageVersion } from '../package-version.js';
import { previewApp } from './preview-app.js';

// Prints the API description. It contains no setting of the environment except the public address.
const { app, env } = await previewApp({ PUBLIC_URL: process.env['PUBLIC_URL'] });
const document = apiDescription(app, { version: packageVersion(), publicUrl: env.PUBLIC_URL });
process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
