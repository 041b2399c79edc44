export { closeBroker as default } from './global-setup';
