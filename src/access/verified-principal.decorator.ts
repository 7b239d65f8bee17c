import { argument } from '../common/handler-arguments.js';
import { currentPrincipal } from './verified-principals.js';

/** As `@CurrentPrincipal()`, for the handlers of Gatehouse (S-208). */
export const VerifiedPrincipal = (): ParameterDecorator => argument(currentPrincipal);
