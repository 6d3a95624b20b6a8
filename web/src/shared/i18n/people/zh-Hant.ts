/** Chinese texts of people's data. */
import type { Message } from '../en'
import type { peopleEn } from './en'

export const peopleZhHant: Record<keyof typeof peopleEn, Message> = {
	'admin.section.retention': '保留期限',
	'section_hint.retention': '以天計；0 表示永久。較舊的內容會逐步移除。統計數字不變。進行中的聯絡與法律保留不受影響。',
	'field.keep_recordings_days': '通話錄音',
	'field.keep_voicemails_days': '語音留言',
	'field.keep_texts_days': '備註與訊息',
	'field.keep_people_days': '聯絡中的姓名與號碼',
	'field.keep_events_days': '已封存的事件月份',
	'field.keep_audit_days': '稽核紀錄',
	'unit.days': '天',
	'field.is_kept': '法律保留',
	'help.is_kept': '此客戶的任何內容都不會清除，也不會因期限而移除。',
	'person.title': '個人資料',
	'person.export': '匯出',
	'person.erase': '清除…',
	'person.erase_title': '清除 {name}？',
	'person.erase_hint': '所有聯絡中的姓名、號碼、備註、訊息與錄音將永久消失。統計與報表維持不變。此動作無法復原。',
	'person.found': '{contacts} 次聯絡，{recordings} 個錄音',
	'person.is_open': '有聯絡正在進行：請於結束後再清除。',
	'person.is_kept': '法律保留中：請先解除。',
	'person.is_shared': '另一位客戶也有其中一個號碼：請先從該處移除。',
	'person.confirm': '請輸入姓名以確認：{name}',
	'person.erased': '已清除。',
	'person.erased_note': '此聯絡的個人資料已清除。',
	'person.keep': '保留（法律保留）',
	'person.release': '解除法律保留',
	'person.kept_note': '法律保留中：此聯絡的內容不會移除。',
}
