//! Removing members while something goes wrong on the way.

use super::{Subject, writes, writes::Written};

pub(in super::super) async fn a_lost_answer_is_never_a_false_success<S: Subject>() {
    writes::a_lost_answer_is_never_a_false_success(Written::<S>::to_remove).await;
}

pub(in super::super) async fn answers_that_stay_lost_are_failures<S: Subject>() {
    writes::answers_that_stay_lost_are_failures(Written::<S>::to_remove).await;
}

pub(in super::super) async fn a_refusal_of_one_request_is_told_truly<S: Subject>() {
    writes::a_refusal_of_one_request_is_told_truly(Written::<S>::to_remove).await;
}

pub(in super::super) async fn a_refusal_of_every_request_is_told_truly<S: Subject>() {
    writes::a_refusal_of_every_request_is_told_truly(Written::<S>::to_remove).await;
}

pub(in super::super) async fn success_without_effect_is_no_success<S: Subject>() {
    writes::success_without_effect_is_no_success(Written::<S>::to_remove).await;
}

pub(in super::super) async fn being_throttled_is_waited_out<S: Subject>() {
    writes::being_throttled_is_waited_out(Written::<S>::to_remove).await;
}

pub(in super::super) async fn a_long_wait_is_left_to_the_caller<S: Subject>() {
    writes::a_long_wait_is_left_to_the_caller(Written::<S>::to_remove).await;
}

pub(in super::super) async fn unknown_fields_are_tolerated<S: Subject>() {
    writes::unknown_fields_are_tolerated(Written::<S>::to_remove).await;
}
