// Loaded into a process of `node --test`, whose runner follows every promise, so that it can say which test threw an error
// that none has caught: a third of the work of tests that start hosts. Without that such an error counts for the file.
// An older Node, which does not know the option, follows them all the same.
import asyncHooks from 'node:async_hooks';

const { createHook } = asyncHooks;
asyncHooks.createHook = (callbacks) => createHook({ ...callbacks, trackPromises: false });
