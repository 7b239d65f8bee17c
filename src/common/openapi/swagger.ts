import type * as Swagger from '@nestjs/swagger';
import * as optional from '../optional-packages.cjs';
import { isApiDescriptionEnabled } from './api-description-switch.js';

/** An application without an API description does not need `@nestjs/swagger`: the decorators below then do nothing. */
const swagger: Partial<typeof Swagger> =
  (isApiDescriptionEnabled() ? optional.swagger() : undefined) ?? {};

const silent = () => () => undefined;

function orSilent<Name extends keyof typeof Swagger>(name: Name): (typeof Swagger)[Name] {
  return (swagger[name] ?? silent) as (typeof Swagger)[Name];
}

export const ApiAcceptedResponse = orSilent('ApiAcceptedResponse');
export const ApiBasicAuth = orSilent('ApiBasicAuth');
export const ApiBearerAuth = orSilent('ApiBearerAuth');
export const ApiBody = orSilent('ApiBody');
export const ApiConsumes = orSilent('ApiConsumes');
export const ApiCreatedResponse = orSilent('ApiCreatedResponse');
export const ApiExcludeController = orSilent('ApiExcludeController');
export const ApiExtension = orSilent('ApiExtension');
export const ApiHeader = orSilent('ApiHeader');
export const ApiNoContentResponse = orSilent('ApiNoContentResponse');
export const ApiOAuth2 = orSilent('ApiOAuth2');
export const ApiOkResponse = orSilent('ApiOkResponse');
export const ApiOperation = orSilent('ApiOperation');
export const ApiParam = orSilent('ApiParam');
export const ApiProperty = orSilent('ApiProperty');
export const ApiPropertyOptional = orSilent('ApiPropertyOptional');
export const ApiQuery = orSilent('ApiQuery');
export const ApiResponse = orSilent('ApiResponse');
export const ApiSchema = orSilent('ApiSchema');
export const ApiServiceUnavailableResponse = orSilent('ApiServiceUnavailableResponse');
export const ApiTags = orSilent('ApiTags');
