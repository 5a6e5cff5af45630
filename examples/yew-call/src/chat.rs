use futures_util::StreamExt;
use rejoin::{Message, RoomChannel};
use web_sys::HtmlInputElement;
use yew::platform::spawn_local;
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub chat: RoomChannel,
}

/// What everybody in the room says.
#[component]
pub fn Chat(Props { chat }: &Props) -> Html {
    let lines = use_mut_ref(Vec::<(String, String)>::new);
    let show = {
        let (lines, render) = (lines.clone(), use_force_update());
        Callback::from(move |line| {
            lines.borrow_mut().push(line);
            render.force_update();
        })
    };
    use_effect_with(chat.clone(), {
        let show = show.clone();
        move |chat| {
            let (chat, mut messages) = (chat.clone(), chat.clone());
            spawn_local(async move {
                while let Some((from, message)) = messages.next().await {
                    if let Message::Text(text) = message {
                        show.emit((crate::name(&from), text));
                    }
                }
            });
            move || chat.close()
        }
    });
    let input = use_node_ref();
    let onsubmit = {
        let (chat, input) = (chat.clone(), input.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            let Some(input) = input.cast::<HtmlInputElement>() else { return };
            let (chat, show, text) = (chat.clone(), show.clone(), input.value());
            input.set_value("");
            show.emit(("You".to_owned(), text.clone()));
            spawn_local(async move {
                chat.send(text).await.unwrap_or_else(|error| show.emit(("Not sent".to_owned(), error.to_string())));
            });
        }
    };
    html! {
        <section class="chat">
            <ol>{ for lines.borrow().iter().map(|(who, text)| html! { <li><b>{ who }</b>{ " " }{ text }</li> }) }</ol>
            <form {onsubmit}>
                <input ref={input} placeholder="Say something" aria-label="Message" required=true autocomplete="off" />
                <button>{ "Send" }</button>
            </form>
        </section>
    }
}
