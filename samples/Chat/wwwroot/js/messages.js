// The messages of the open conversation.

import { byId, hueOf, icon, make, serverChip } from './dom.js';
import { everyone } from './model.js';
import { addressOf } from './farm.js';

const sameBreath = 3 * 60_000;
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const shown = new Map();
let last = null;
let atEnd = true;

export function showMessages(model, actions) {
  const talk = model.talks.get(model.open);
  shown.clear();
  last = null;
  byId('message-list').replaceChildren();
  if (!talk.messages.some(message => message.kind === 'text')) {
    byId('message-list').append(emptiness(model, talk));
  }

  for (const message of talk.messages) {
    append(model, message, actions);
  }

  toEnd();
}

export function appendMessage(model, message, actions) {
  if (message.kind === 'text') {
    byId('message-list').querySelector('.empty')?.remove();
  }

  append(model, message, actions);
  if (atEnd || message.mine) {
    toEnd();
  } else if (message.kind === 'text') {
    byId('to-end').hidden = false;
  }
}

export function removeMessage(message) {
  shown.get(message)?.remove();
  shown.delete(message);
  if (last === message) {
    last = [...shown.keys()].at(-1) ?? null;
  }
}

function append(model, message, actions) {
  const element = message.kind === 'text' ? textItem(model, message, actions) : noteItem(message);
  byId('message-list').append(element);
  shown.set(message, element);
  last = message;
}

function noteItem(message) {
  return make('div', { class: `note ${message.kind}`, 'data-hue': message.server ? hueOf(message.server) : null },
    message.server ? make('span', { class: 'note-dot', 'aria-hidden': 'true' }) : null,
    make('bdi', {}, message.text));
}

function textItem(model, message, actions) {
  const follows = last?.kind === 'text' && !last.failed && message.at - last.at < sameBreath
    && last.id === message.id && last.name === message.name && last.server === message.server;
  const kinds = ['message', message.mine && 'mine', follows && 'follows', message.pending && 'pending', message.failed && 'failed'];
  return make('div', { class: kinds.filter(Boolean).join(' '), 'data-hue': message.server ? hueOf(message.server) : null },
    make('div', { class: 'message-head' },
      make('span', { class: 'message-name', dir: 'auto' }, message.mine ? 'You' : message.name),
      way(model, message),
      message.pending
        ? make('span', { class: 'sending' }, 'sending…')
        : make('time', { datetime: new Date(message.at).toISOString() }, clock.format(message.at))),
    make('div', { class: 'bubble', dir: 'auto' }, message.text),
    message.failed
      ? make('div', { class: 'failure', role: 'alert' }, `${message.failed} `,
        make('button', { class: 'text-button', type: 'button', onclick: () => actions.sendAgain(message) }, 'Try again'))
      : null);
}

/** The server that a message comes from, and this server if it is another one: then Redis carried the message. */
function way(model, message) {
  if (!message.server) {
    return null;
  }

  const here = model.me.server;
  const crossed = here && message.server !== here;
  const title = crossed ? `Said on server ${message.server}, carried by Redis to server ${here}` : `Said on this server, ${message.server}`;
  return make('span', { class: 'way', title },
    serverChip(message.server, 'from'),
    crossed ? icon('arrow') : null,
    crossed ? serverChip(here) : null,
    make('span', { class: 'sr-only' }, title));
}

function emptiness(model, talk) {
  const other = model.servers.find(server => server.name !== model.me.server);
  const words = {
    all: ['Nothing said yet', 'Messages are not kept: you see what is said while you are here.'],
    room: ['A quiet room', 'Whoever enters the same room, on whatever server, reads what is said in it.'],
    person: ['Just the two of you', 'Nobody else gets these messages, on whatever server they are.'],
  }[talk.kind];
  return make('div', { class: 'empty' },
    make('p', { class: 'empty-title' }, words[0]),
    make('p', {}, words[1]),
    talk.key === everyone && other
      ? make('a', { class: 'primary', 'data-hue': hueOf(other.name), href: addressOf(other), target: '_blank', rel: 'noopener' },
        `Open a window on server ${other.name}`, icon('open'))
      : null);
}

const pane = () => byId('messages');

function toEnd() {
  pane().scrollTop = pane().scrollHeight;
  atEnd = true;
  byId('to-end').hidden = true;
}

export function watchMessages() {
  byId('to-end').addEventListener('click', toEnd);
  pane().addEventListener('scroll', () => {
    atEnd = pane().scrollHeight - pane().scrollTop - pane().clientHeight < 80;
    if (atEnd) {
      byId('to-end').hidden = true;
    }
  }, { passive: true });
  // A phone's keyboard hides the end of the list. Scroll to it again.
  new ResizeObserver(() => {
    if (atEnd) {
      toEnd();
    }
  }).observe(pane());
}
