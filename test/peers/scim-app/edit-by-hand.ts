import type { Router } from 'express';
import { leaveAllGroups } from './resources.js';
import { memberIds, type Store, type Stored } from './store.js';

/** Who is to be in a group, and who not. */
export interface MembersByHand {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
}

/** What the app's own admins do in its own screens: behind the back of whoever provisions it, and not in the log. */
export function editByHand(router: Router, store: Store): Router {
  router.post('/users', (request, response) => {
    const { id, ...user } = request.body as Partial<Stored>;
    response.json(store.users.put(user, id));
  });
  router.patch('/users/:id', (request, response) => {
    const { id } = request.params;
    const known = store.users.get(id);
    if (known === undefined) return void response.status(404).end();
    return response.json(store.users.put({ ...known, ...(request.body as object) }, id));
  });
  router.delete('/users/:id', (request, response) => {
    const { id } = request.params;
    const wasThere = store.users.remove(id);
    leaveAllGroups(store, id);
    response.status(wasThere ? 204 : 404).end();
  });
  router.post('/groups/:name/members', (request, response) => {
    const { add = [], remove = [] } = request.body as MembersByHand;
    const [group] = store.groups.where('displayName', request.params.name) ?? [];
    if (group === undefined) return void response.status(404).end();
    const ids = new Set([...memberIds(group).filter((id) => !remove.includes(id)), ...add]);
    return response.json(store.groups.put({ ...group, members: [...ids].map((value) => ({ value })) }, group.id));
  });
  router.post('/groups', (request, response) => {
    response.json(store.groups.put({ displayName: (request.body as Partial<Stored>).displayName, members: [] }));
  });
  router.delete('/groups/:name', (request, response) => {
    const [group] = store.groups.where('displayName', request.params.name) ?? [];
    response.status(group !== undefined && store.groups.remove(group.id) ? 204 : 404).end();
  });
  return router;
}
