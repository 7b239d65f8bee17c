import process from 'node:process';

/**
 * The Node that runs the service and the hosts: `TEST_NODE`, the path of a program called `node`, and else the one that
 * runs the tests.
 */
export const nodeOfTheProduct = process.env.TEST_NODE ?? process.execPath;
