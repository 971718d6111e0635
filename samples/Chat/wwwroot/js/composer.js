// The field in which messages are written. Each conversation keeps its unfinished text.

import { byId } from './dom.js';
import { findPerson } from './model.js';

let shownTalk = null;

export function showComposer(model) {
  const talk = model.talks.get(model.open);
  const text = byId('text');
  if (shownTalk !== talk) {
    text.value = talk.draft;
    shownTalk = talk;
    if (!window.matchMedia('(pointer: coarse)').matches && !document.querySelector('dialog[open]')) {
      text.focus();
    }
  }

  const gone = talk.kind === 'person' && !findPerson(model, talk.to);
  text.disabled = gone;
  text.placeholder = gone
    ? `${talk.title} is no longer here`
    : { all: 'Message everyone', room: `Message # ${talk.title}`, person: `Message ${talk.title} alone` }[talk.kind];
  showSend(model);
}

function showSend(model) {
  const text = byId('text');
  byId('send').disabled = model.state !== 'connected' || model.me.server === null || text.disabled || text.value.trim() === '';
}

export function watchComposer(model, actions) {
  const text = byId('text');
  text.addEventListener('input', () => {
    model.talks.get(model.open).draft = text.value;
    showSend(model);
  });
  text.addEventListener('keydown', event => {
    // Enter sends, and Shift+Enter starts a new line. While an input method composes, Enter belongs to it.
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      byId('composer').requestSubmit();
    }
  });
  byId('composer').addEventListener('submit', event => {
    event.preventDefault();
    if (byId('send').disabled) {
      return;
    }

    actions.send(text.value.trim());
    model.talks.get(model.open).draft = '';
    text.value = '';
    showSend(model);
    text.focus();
  });
}
