// The backplane as a picture: Redis at the top, each server connected to one rail below it, and the people at their
// servers. Messages move along the rail.

import { byId, hueOf, icon, initial, make } from './dom.js';
import { showList } from './side.js';

const calm = window.matchMedia('(prefers-reduced-motion: reduce)');

export function showRedis(address, app) {
  byId('redis-place').textContent = `${address}, channel ${app}`;
}

export function showFarm(model, actions) {
  const rows = model.servers.map(({ name, port, people }) => ({
    name, port,
    here: name === model.me.server,
    people: people.map(person => ({ id: person.id, name: person.name, me: person.id === model.me.id })),
  }));
  showList(byId('servers'), rows, row => serverItem(row, actions));
}

function serverItem(server, actions) {
  return make('li', { class: 'server', 'data-hue': hueOf(server.name), 'data-server': server.name, 'data-key': server.name },
    make('div', { class: 'server-head' },
      make('span', { class: 'rail-node', 'aria-hidden': 'true' }),
      make('span', { class: 'server-name' }, `Server ${server.name}`),
      server.here
        ? make('span', { class: 'here' }, 'you are here')
        : make('a', {
          class: 'open-server',
          href: addressOf(server),
          target: '_blank',
          rel: 'noopener',
          title: `Open a window on server ${server.name}`,
          'data-open': server.name,
        }, 'open', icon('open'))),
    make('ul', { class: 'people' }, ...(server.people.length > 0
      ? server.people.map(person => make('li', { 'data-key': person.id }, personItem(person, actions)))
      : [make('li', { class: 'nobody' }, 'nobody yet')])));
}

function personItem({ id, name, me }, actions) {
  const picture = make('span', { class: 'avatar small', 'aria-hidden': 'true' }, initial(name));
  const title = make('span', { class: 'person-name', dir: 'auto' }, name);
  return me
    ? make('span', { class: 'person' }, picture, title, make('span', { class: 'person-note' }, 'you'))
    : make('button', {
      class: 'person', type: 'button', 'data-person': id, title: `Write to ${name} alone`, onclick: () => actions.openPerson(id),
    }, picture, title);
}

/** The host of this page, so that the link also works from a phone. */
export function addressOf(server) {
  const address = new URL(window.location.origin);
  address.port = server.port;
  return address.href;
}

/** Shows how a message travels: from its server to Redis, and from Redis to every server. */
export function pulse(from) {
  const rail = byId('rail');
  if (calm.matches || !rail.offsetParent || !from || document.hidden) {
    return;
  }

  const middle = node => {
    const [outer, inner] = [rail.getBoundingClientRect(), node.getBoundingClientRect()];
    return inner.top - outer.top + inner.height / 2;
  };
  const redis = byId('rail-redis');
  const servers = [...rail.querySelectorAll('.server')];
  const origin = servers.find(server => server.dataset.server === from);
  if (!origin) {
    return;
  }

  const hue = origin.dataset.hue;
  const up = travel(rail, hue, middle(origin.querySelector('.rail-node')), middle(redis), 0);
  flash(redis, up);
  for (const server of servers) {
    const node = server.querySelector('.rail-node');
    flash(node, up + travel(rail, hue, middle(redis), middle(node), up));
  }
}

/** @returns how long it takes, in milliseconds */
function travel(rail, hue, from, to, delay) {
  const dot = make('span', { class: 'rail-pulse', 'data-hue': hue, 'aria-hidden': 'true' });
  rail.append(dot);
  const duration = 220 + Math.abs(to - from);
  const animation = dot.animate(
    [
      { transform: `translateY(${from}px) scale(0.6)`, opacity: 0 },
      { opacity: 1, offset: 0.15 },
      { opacity: 1, offset: 0.85 },
      { transform: `translateY(${to}px) scale(1)`, opacity: 0 },
    ],
    { duration, delay, easing: 'cubic-bezier(0.45, 0, 0.25, 1)', fill: 'both' });
  animation.finished.then(() => dot.remove(), () => dot.remove());
  return duration;
}

function flash(node, delay) {
  node.animate(
    [{ boxShadow: '0 0 0 0 currentColor' }, { boxShadow: '0 0 0 7px transparent' }],
    { duration: 500, delay, easing: 'ease-out' });
}
