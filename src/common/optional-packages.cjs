// CommonJS, because an ES module can `require` only with `import.meta`, which a bundler that writes CommonJS takes away.
'use strict';

/** Error code of Node for a package that is not installed, and of Jest for one that it cannot `require`. */
const ABSENT = new Set(['MODULE_NOT_FOUND', 'ERR_REQUIRE_ESM']);

function unlessAbsent(error) {
  if (!ABSENT.has(error.code)) throw error;
  return undefined;
}

// Literal names in `try`: bundlers include the packages, and take them for optional.

exports.swagger = () => {
  try {
    return require('@nestjs/swagger');
  } catch (error) {
    return unlessAbsent(error);
  }
};

exports.websockets = () => {
  try {
    return require('@nestjs/websockets');
  } catch (error) {
    return unlessAbsent(error);
  }
};

exports.microservices = () => {
  try {
    return require('@nestjs/microservices');
  } catch (error) {
    return unlessAbsent(error);
  }
};

exports.redis = () => {
  try {
    return require('@redis/client');
  } catch (error) {
    return unlessAbsent(error);
  }
};

exports.nodemailer = () => {
  try {
    return require('nodemailer');
  } catch (error) {
    return unlessAbsent(error);
  }
};

/** The folder of this copy of the package. */
exports.folder = typeof __dirname === 'string' ? __dirname : 'a bundle';
