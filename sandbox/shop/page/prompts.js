// What the shop asks or says in between: much of it is for its owner alone.

import { build, closeDialog, has, page, replaceMain, showDialog } from "./dom.js";

function field(id, name, type = "text") {
  return build("label", { for: id }, name, build("input", { id, name: id, type, autocomplete: "off" }));
}

function confirmButton(text, act = closeDialog) {
  return build("button", { test: "confirm-button", class: "main", on: { click: act } }, text);
}

export function challenge() {
  return build("section", { class: "group challenge" },
    build("h1", {}, "Press & Hold to confirm you are a human"),
    build("div", { id: "px-captcha", role: "button", tabindex: "0" }, "Press & Hold"),
    build("p", { class: "way" }, "Reference ID 0f0e0d0c"));
}

export function showChallenge() {
  replaceMain(challenge());
}

// In place of the page, where its place is walled, or where people wait for it in line.
export function walled(place) {
  if (has(`${place}-challenge`)) showChallenge();
  if (has(`${place}-queue`)) showQueue();
  return has(`${place}-challenge`) || has(`${place}-queue`);
}

function showQueue() {
  replaceMain(build("section", { class: "group" },
    build("h1", {}, "You\u2019re in line"), build("p", {}, "We\u2019ll let you in as soon as it is your turn.")));
}

export function showUnknownDialog(place) {
  if (!has(`${place}-unknown-dialog`)) return;
  showDialog("Join Circle 360 today", {},
    build("p", {}, "Free for 14 days, then $99 a year."),
    build("div", { class: "buttons" },
      build("button", { class: "main", on: { click: closeDialog } }, "Continue"),
      build("button", { class: "second", on: { click: closeDialog } }, "Not now")));
}

// Too many want it: as a dialog, or as a note whose box is given.
export function showDemand(place, note) {
  if (has(`${place}-demand-dialog`)) {
    showDialog(page.demand, {}, build("p", {}, "Please try again in a moment."),
      build("div", { class: "buttons" }, build("button", { class: "main", on: { click: closeDialog } }, "OK")));
    return true;
  }
  if (has(`${place}-demand-inline`)) {
    note.append(build("p", { role: "alert", class: "note" }, `${page.demand}. Please try again in a moment.`));
    return true;
  }
  return false;
}

export function askCvv() {
  showDialog("Confirm your card", { closable: false },
    build("p", {}, `Enter the CVV of your ${page.card}.`), field("enter-cvv", "CVV", "password"), confirmButton("Confirm"));
}

export function askPin() {
  showDialog("Confirm your PIN", { closable: false },
    field("enter-pin", "PIN", "password"), confirmButton("Confirm"));
}

export function askPassword() {
  showDialog("Enter your password", { test: "@web/auth-components/AuthSignInFlyout", closable: false },
    build("p", {}, "For your security, please sign in again."),
    field("password", "Password", "password"),
    build("button", { id: "login", class: "main" }, "Sign in"));
}

export function askAddress() {
  showDialog("Verify your address", { closable: false },
    build("p", {}, `${page.address.name}, ${page.address.street}, ${page.address.town}`),
    build("div", { class: "buttons" }, confirmButton("Use this address"),
      build("button", { class: "second" }, "Edit")));
}

export function declineCoverage(then) {
  showDialog("Add a protection plan", { test: "espModalContent", closable: false },
    build("p", {}, "2 year plan · $9.00"),
    build("div", { class: "buttons" },
      build("button", { test: "espModalContent-addCoverageButton", class: "main" }, "Add coverage"),
      build("button", { test: "espModalContent-declineCoverageButton", class: "second", on: { click: then } },
        "No thanks")));
}
