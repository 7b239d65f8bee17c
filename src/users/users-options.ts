import type { RoomSettings } from '../common/settings/settings.js';

/** How passwords are judged. The hasher gets the cost. */
export type UsersOptions = Omit<RoomSettings['password'], 'bcryptCost'>;

export const USERS_OPTIONS = Symbol('gatehouse:users-options');
