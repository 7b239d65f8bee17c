// A lint rule of this project: new code must not use MD5 and SHA-1 for any purpose.
const hashFactories = new Set(['createHash', 'createHmac', 'pbkdf2', 'pbkdf2Sync', 'hash']);
const weakAlgorithm = /^(rsa-)?(md4|md5|sha-?1)$/i;

const noWeakHash = {
  create(context) {
    return {
      CallExpression({ callee, arguments: args }) {
        const name = callee.type === 'MemberExpression' ? callee.property.name : callee.name;
        if (!hashFactories.has(name)) return;
        for (const argument of args) {
          if (argument.type !== 'Literal' || typeof argument.value !== 'string') continue;
          if (!weakAlgorithm.test(argument.value)) continue;
          context.report({ node: argument, message: `${argument.value} is broken: use SHA-256.` });
        }
      },
    };
  },
};

export default { meta: { name: 'gatehouse' }, rules: { 'no-weak-hash': noWeakHash } };
