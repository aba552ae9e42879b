import { BarPanel } from "../bar/bar_panel.tsx";
import { SlidersIcon } from "../bar/bar_icons.tsx";
import type { Desk } from "../desk.ts";
import { showShortcuts } from "../shortcuts/shortcuts_dialog.tsx";
import { THEMES } from "../theme/theme.ts";

const THEME_LABELS = { system: "As the system", light: "Light", dark: "Dark" } as const;

/** What the user can have otherwise. */
export function SettingsPanel({ desk }: { readonly desk: Desk }) {
  return (
    <BarPanel
      id="settings"
      title="Settings"
      buttonTitle="Settings (,)"
      button={
        <>
          <SlidersIcon />
          <span class="bar-label">Settings</span>
        </>
      }
    >
      <fieldset class="segments">
        <legend>Theme</legend>
        <div>
          {THEMES.map((theme) => (
            <label key={theme}>
              <input
                type="radio"
                name="theme"
                checked={desk.theme.value === theme}
                onChange={() => desk.theme.value = theme}
              />
              <span>{THEME_LABELS[theme]}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <div class="panel-part settings-keys">
        <label>
          <input
            type="checkbox"
            checked={desk.areShortcutsOn.value}
            onChange={({ currentTarget }) => desk.areShortcutsOn.value = currentTarget.checked}
          />
          Keyboard shortcuts
        </label>
        <button
          type="button"
          onClick={() => {
            document.getElementById("settings")?.hidePopover();
            showShortcuts();
          }}
        >
          Show them
        </button>
      </div>
    </BarPanel>
  );
}
