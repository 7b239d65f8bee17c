import { ApiSchema } from './swagger.js';

/** Names the schema of a class `Gatehouse…`, so that it replaces none of a host's, such as its own `CreateUserDto`. */
export function OwnSchema(): ClassDecorator {
  return (type) => {
    const name = `Gatehouse${type.name.replace(/(?:Dto|View)$/, '')}`;
    ApiSchema({ name })(type);
  };
}
