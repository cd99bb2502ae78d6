// Ranking by dragging. Everything works without this file, by the buttons of each row.
"use strict";

(() => {
  let dragged = null;
  const rowOf = (event) => event.target.closest?.("[data-ranking] > li");

  for (const row of document.querySelectorAll("[data-ranking] > li")) row.draggable = true;
  document.addEventListener("dragstart", (event) => {
    dragged = rowOf(event);
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
  });
  document.addEventListener("dragover", (event) => {
    if (!dragged || event.target.closest?.("[data-ranking]") !== dragged.parentElement) return;
    event.preventDefault();
    const over = rowOf(event);
    if (!over || over === dragged) return;
    const { top, height } = over.getBoundingClientRect();
    over.parentElement.insertBefore(dragged, event.clientY < top + height / 2 ? over : over.nextSibling);
  });
  document.addEventListener("drop", (event) => {
    if (!dragged || event.target.closest?.("[data-ranking]") !== dragged.parentElement) return;
    event.preventDefault();
    dragged.closest("form").requestSubmit();
  });
  document.addEventListener("dragend", () => { dragged = null; });
})();
