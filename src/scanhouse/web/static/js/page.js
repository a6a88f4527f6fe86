// What every page has. Pages work without it; it makes them quick to the hand.
import './theme-toggle.js';
import './dialogs.js';
import './menus.js';
import './rows.js';
import './keys.js';
import './forms.js';
import './images.js';
import './live.js';
import { adopt } from './toasts.js';

adopt();
