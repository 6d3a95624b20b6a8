import '@fontsource-variable/inter/wght.css'
import '@fontsource-variable/vazirmatn/wght.css'
import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import './shared/theme/tokens.css'
import { createRoot } from 'react-dom/client'
import { App } from './app/App'

const root = document.getElementById('root')
if (root) createRoot(root).render(<App />)
